"""Writes what came back, many at a time, and holds it while the store is away."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.turns import TurnSize
from adapters.inbound.dispatcher.wake import Alarm, gather

Item = TypeVar("Item")
LARGEST_BATCH = 256
"""Outcomes written together, where the store is quick."""
RETRY_AFTER = timedelta(milliseconds=200)
"""How long to wait before the store is tried again."""


@dataclass(slots=True)
class Recorder(Generic[Item]):
    """`record` takes a batch and returns what could not be written, to be tried again.

    It holds no more than its lane holds calls, because a lane claims nothing while it is holding.
    """

    record: Callable[[Sequence[Item]], Sequence[Item]]
    threads: Threads
    told: Callable[[int, int], None]
    trouble: Callable[[BaseException], None]
    _waiting: deque[Item] = field(default_factory=deque)
    _alarm: Alarm = field(default_factory=Alarm)
    _away: bool = False
    _size: TurnSize = field(default_factory=lambda: TurnSize(LARGEST_BATCH))

    @property
    def holding(self) -> bool:
        """Whether the store is away with outcomes still to be written."""
        return self._away

    @property
    def waiting(self) -> int:
        """How many outcomes are not durable yet."""
        return len(self._waiting)

    def put(self, item: Item) -> None:
        """Have it written soon."""
        self._waiting.append(item)
        self._alarm.ring()

    def hurry(self) -> None:
        """Look at once whether there is something to write, or a stop."""
        self._alarm.ring()

    async def run(self, stop: asyncio.Event) -> None:
        """Write until stopped and nothing waits; while the store is away, try for ever."""
        while self._waiting or not stop.is_set():
            if not self._waiting:
                await self._alarm.sleep(1.0)
                continue
            taken = await self._write()
            if self._away:
                await asyncio.sleep(RETRY_AFTER.total_seconds())
            await gather(taken)

    async def _write(self) -> int:
        size, began = min(len(self._waiting), self._size.now), time.monotonic()
        batch = [self._waiting.popleft() for _ in range(size)]
        held: Sequence[Item] = batch
        try:
            held = await self.threads.run(self.record, batch)
        except Exception as fault:  # noqa: BLE001  an outcome is never lost to a fault of ours
            self.trouble(fault)
        finally:
            self._size.took(size, timedelta(seconds=time.monotonic() - began))
            self._waiting.extendleft(reversed(held))
        self._away = bool(held)
        self.told(size - len(held), len(held))
        return size
