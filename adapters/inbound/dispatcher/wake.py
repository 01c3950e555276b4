"""Sleeping until there is work, or until it is time to look."""

import asyncio


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
