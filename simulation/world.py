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
_TICK = timedelta(milliseconds=1)
_COUNTED = 15
"""Hexadecimal digits at the end of an id that are noise in life, and a number here."""
_TIME = 12
"""Those at its beginning that are the time."""
_ALL_THREE = tuple(f"{number:03x}" for number in range(1 << 12))
"""What three digits of either can be."""
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
        self._high_of_time, self._high_of_count = -1, -1
        self._time_begins, self._count_begins, self._digits = "", "", ""

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
        last = self._ids % len(_ALL_THREE)
        if self._read_at is not self.now or not last:
            self._read_at = self.now
            self._digits = self._all_but_last((self.now - _EPOCH) // _TICK)
        return f"{kind}{self._digits}{_ALL_THREE[last]}"

    def _all_but_last(self, milliseconds: int) -> str:
        """What all ids of this moment have in common; most of it they have with those before."""
        time, count = milliseconds // len(_ALL_THREE), self._ids // len(_ALL_THREE)
        high = time // len(_ALL_THREE)
        if high != self._high_of_time:
            self._high_of_time, self._time_begins = high, f"_{high:0{_TIME - 6}x}"
        if count != self._high_of_count:
            self._high_of_count, self._count_begins = count, f"{_MARKS}{count:0{_COUNTED - 3}x}"
        middle, last = (
            _ALL_THREE[time % len(_ALL_THREE)],
            _ALL_THREE[milliseconds % len(_ALL_THREE)],
        )
        return f"{self._time_begins}{middle}{last}{self._count_begins}"
