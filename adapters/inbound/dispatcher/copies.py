"""The lane of the search index: copies what changed, a little later and a little at a time."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.index_payments import Indexed, IndexPayments
from domain.errors import LunasError

LARGEST_TURN, SMALLEST_TURN = 1_000, 50
"""Payments copied in one turn: half as many after each that failed, twice after each that did not.

An index that is short of memory refuses what it cannot take, and takes less of it.
"""
LONGEST_PAUSE = timedelta(seconds=5)
"""Between turns that fail: each is twice as long as the one before."""
REST = 3
"""It rests so many times as long as its thread computed: no more than this share of our time.

Waiting for the index is no work of ours: a slow one would be fed ever less, and fall ever behind.
"""
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
    _turn_size: int = LARGEST_TURN
    _failed: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Copy until stopped; what is not copied then is copied by the next start."""
        while not stop.is_set():
            try:
                more, computed = await self._turn()
            except Exception as fault:  # noqa: BLE001  one bad turn must not end the lane
                self.watch.trouble("search", fault)
                await self._tell_how_far_behind()
                await _pause(stop, self._less())
                continue
            self._failed, self._turn_size = 0, min(LARGEST_TURN, self._turn_size * 2)
            if not more:
                await self.alarm.sleep(self.scan_every.total_seconds())
            # What waits already need not be gathered.
            least = timedelta(0) if more else self.gather
            await _pause(stop, min(max(least, computed * REST), LONGEST_REST))

    async def _turn(self) -> tuple[bool, timedelta]:
        """Take one turn; tells whether more waits, and how long our thread computed."""
        indexed, computed = await self.threads.run(_timed, self.index, self._turn_size)
        self._cursor = indexed.cursor
        self.watch.indexed(indexed)
        return indexed.waiting > 0, computed

    def _less(self) -> timedelta:
        """Ask for less from now on; how long to leave the index alone first."""
        pause = self.scan_every * (1 << self._failed)
        self._turn_size = max(SMALLEST_TURN, self._turn_size // 2)
        self._failed += pause < LONGEST_PAUSE
        return min(pause, LONGEST_PAUSE)

    async def _tell_how_far_behind(self) -> None:
        """While the index is away, what waits for it grows."""
        if self._cursor is not None:
            with suppress(LunasError):
                self.watch.indexed(await self.threads.run(self.index.behind, self._cursor))


def _timed(index: IndexPayments, limit: int) -> tuple[Indexed, timedelta]:
    began = time.thread_time()
    indexed = index(limit)
    return indexed, timedelta(seconds=time.thread_time() - began)


async def _pause(stop: asyncio.Event, pause: timedelta) -> None:
    try:
        async with asyncio.timeout(pause.total_seconds()):
            await stop.wait()
    except TimeoutError:
        pass
