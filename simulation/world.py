"""Time, and what happens next: one heap, one order, no threads."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import final

from domain.ids import IdKind, new_id

MOST_STEPS = 2_000_000
"""Steps of a world, unless it is told how many; one that takes more turns in a circle."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = timedelta(0)


class EndlessWorldError(Exception):
    """More steps than a world may take: something wakes itself for ever."""


@final
class Step:
    """One thing to come, unless it is called off before."""

    __slots__ = ("what",)

    def __init__(self, what: Callable[[], None]) -> None:
        self.what: Callable[[], None] | None = what

    def call_off(self) -> bool:
        """Have it not happen; False if it has happened, or was called off before."""
        if self.what is not None:
            self.what = None
            return True
        return False


@final
class World:
    """The true time, in which everything happens, and the story of what did."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self.start = start
        self._booted = start - timedelta(days=1)
        self.story: list[str] = []
        self.steps = 0
        self.most_steps = MOST_STEPS
        self._heap: list[tuple[datetime, int, Step]] = []
        self._order = count()
        self._ids = count(1)
        self._read_at: datetime | None = None
        self._milliseconds = 0

    def at(self, when: datetime, what: Callable[[], None]) -> Step:
        """Have it happen then; equal times keep the order in which they were asked for."""
        step = Step(what)
        now = self.now
        heapq.heappush(self._heap, (when if when > now else now, next(self._order), step))
        return step

    def after(self, span: timedelta, what: Callable[[], None]) -> Step:
        """Have it happen after that time."""
        step = Step(what)
        when = self.now + span if span > _NOTHING else self.now
        heapq.heappush(self._heap, (when, next(self._order), step))
        return step

    def run(self, until: datetime) -> None:
        """Let everything happen up to then. Raises EndlessWorldError."""
        heap = self._heap
        pop = heapq.heappop
        while heap and heap[0][0] <= until:
            when, _, step = pop(heap)
            do = step.what
            if do is None:  # called off
                continue
            self.now = when
            self.steps += 1
            if self.steps > self.most_steps:
                raise EndlessWorldError
            step.what = None
            do()
        self.now = max(self.now, until)

    def tell(self, who: str, what: str) -> None:
        """One line of the story, at the true time since the beginning."""
        seconds = (self.now - self.start).total_seconds()
        self.story.append(f"{seconds:>12.3f}  {who:<9} {what}")

    def uptime(self) -> timedelta:
        """The boot clock of the machines: they started a day before the world."""
        return self.now - self._booted

    def new_id(self, kind: IdKind) -> str:
        """The next id; ids sort by the true time of their making."""
        if self._read_at is not self.now:
            self._read_at = self.now
            self._milliseconds = int((self.now - _EPOCH).total_seconds() * 1_000)
        return new_id(kind, self._milliseconds, next(self._ids).to_bytes(10))
