"""Time, and what happens next: one order, no threads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import final

from domain.ids import IdKind, new_id
from simulation.timeline import Step, Timeline

MOST_STEPS = 2_000_000
"""Steps of a world, unless it is told how many; one that takes more turns in a circle."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = timedelta(0)
_COUNTED = 15
"""Hexadecimal digits at the end of an id that are noise in life, and a number here."""
_LAST = tuple(f"{number:03x}" for number in range(1 << 12))
"""The last three of them."""
_TIME = 12
"""Those at its beginning that are the time."""
_MARKS = new_id(IdKind.PAYMENT, 0, bytes(10)).removeprefix("pay_")[_TIME:-_COUNTED]
"""What stands between them in every id."""


class EndlessWorldError(Exception):
    """More steps than a world may take: something wakes itself for ever."""


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
        self._timeline = Timeline()
        self._at_end: list[Callable[[], None]] = []
        self._ids = 0
        self._read_at: datetime | None = None
        self._digits = ""

    def at(self, when: datetime, what: Callable[[], None]) -> Step:
        """Have it happen then; equal times keep the order in which they were asked for."""
        now = self.now
        return self._timeline.set(when if when > now else now, what)

    def after(self, span: timedelta, what: Callable[[], None]) -> Step:
        """Have it happen after that time."""
        return self._timeline.set(self.now + span if span > _NOTHING else self.now, what)

    def run(self, until: datetime) -> None:
        """Let everything happen up to then. Raises EndlessWorldError."""
        timeline = self._timeline
        while (step := timeline.take(until)) is not None:
            do = step.what
            if do is None:  # called off
                continue
            self.now = step.when
            self.steps += 1
            if self.steps > self.most_steps:
                raise EndlessWorldError
            step.what = None
            do()
        self.now = max(self.now, until)

    def at_end(self, what: Callable[[], None]) -> None:
        """Have it happen when all is judged and nothing more is to happen."""
        self._at_end.append(what)

    def end(self) -> None:
        """Let go of what outlives its time."""
        for what in self._at_end:
            what()
        self._at_end.clear()

    def tell(self, who: str, what: str) -> None:
        """One line of the story, at the true time since the beginning."""
        seconds = (self.now - self.start).total_seconds()
        self.story.append(f"{seconds:>12.3f}  {who:<9} {what}")

    def uptime(self) -> timedelta:
        """The boot clock of the machines: they started a day before the world."""
        return self.now - self._booted

    def new_id(self, kind: IdKind) -> str:
        """The next id; ids sort by the true time of their making."""
        self._ids += 1
        last = self._ids % len(_LAST)
        if self._read_at is not self.now or not last:
            self._read_at = self.now
            milliseconds = int((self.now - _EPOCH).total_seconds() * 1_000)
            first = hex(self._ids // len(_LAST))[2:].zfill(_COUNTED - 3)
            self._digits = f"_{hex(milliseconds)[2:].zfill(_TIME)}{_MARKS}{first}"
        return f"{kind}{self._digits}{_LAST[last]}"
