"""The lane of the search index: copies what changed, a little later and a little at a time."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.index_payments import IndexPayments
from domain.errors import LunasError

LARGEST_TURN = 500
"""Payments copied in one turn."""
REST = 3
"""Turns that it rests for each that it took: the index never has more than this share of time."""
LONGEST_REST = timedelta(seconds=1)


@dataclass(slots=True)
class CopyLane:
    """Waits `gather` after a change, so that a payment of several steps is copied once.

    It shares nothing with the payments but the reading of the store: an index that is away costs
    them nothing, and what it missed is copied once it is back.
    """

    index: IndexPayments
    threads: Threads
    watch: Watch
    gather: timedelta
    scan_every: timedelta
    alarm: Alarm = field(default_factory=Alarm)
    _cursor: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Copy until stopped; what is not copied then is copied by the next start."""
        while not stop.is_set():
            began = time.monotonic()
            more = False
            try:
                more = await self._turn()
            except Exception as fault:  # noqa: BLE001  one bad turn must not end the lane
                self.watch.trouble("search", fault)
                await self._tell_how_far_behind()
            took = time.monotonic() - began
            if not more:
                await self.alarm.sleep(self.scan_every.total_seconds())
            rest = min(max(self.gather.total_seconds(), took * REST), LONGEST_REST.total_seconds())
            await _pause(stop, rest)

    async def _turn(self) -> bool:
        """Take one turn; tells whether more waits."""
        indexed = await self.threads.run(self.index, LARGEST_TURN)
        self._cursor = indexed.cursor
        self.watch.indexed(indexed)
        return indexed.waiting > 0

    async def _tell_how_far_behind(self) -> None:
        """While the index is away, what waits for it grows."""
        if self._cursor is not None:
            with suppress(LunasError):
                self.watch.indexed(await self.threads.run(self.index.behind, self._cursor))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
