"""Sleeping until there is work, or until it is time to look."""

import asyncio
from datetime import timedelta

CROWD = 5
"""So many taken in one turn tell of a crowd: more are about to come."""
GATHERED = timedelta(milliseconds=5)
"""How long a turn waits then: a few commits, and nothing to a customer."""


async def gather(taken: int) -> None:
    """After a turn that took a crowd, let the next one gather: a turn costs as much as its items.

    Each is a hand-over to a thread and back, some questions to the store, and a commit.
    """
    if taken >= CROWD:
        await asyncio.sleep(GATHERED.total_seconds())


class Alarm:
    """Set by anyone in the loop; a sleeper returns at once when it was set since it last looked."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the sleeper."""
        self._rung.set()

    async def sleep(self, seconds: float) -> None:
        """Return when rung, or after that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()
