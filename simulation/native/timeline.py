"""What `simulation.timeline` is in a compiled simulation: a heap that compares integers."""

from collections.abc import Callable
from typing import final

from mypy_extensions import i64

from simulation.native.times import datetime


@final
class Step:
    """One thing to come, unless it is called off before."""

    def __init__(self, when: datetime, what: Callable[[], None], order: int) -> None:
        self.when = when
        self.what: Callable[[], None] | None = what
        self.us: i64 = when.us
        self.order: i64 = i64(order)

    def call_off(self) -> bool:
        """Have it not happen; False if it has happened, or was called off before."""
        if self.what is not None:
            self.what = None
            return True
        return False

    def before(self, other: "Step") -> bool:
        """Whether it comes first; no two are of the same order."""
        return self.us < other.us or (self.us == other.us and self.order < other.order)


@final
class Timeline:
    """Steps by their times; equal times keep the order in which they were set."""

    def __init__(self) -> None:
        self._heap: list[Step] = []
        self._count = 0

    def set(self, when: datetime, what: Callable[[], None]) -> Step:
        """Have it happen then."""
        self._count += 1
        step = Step(when, what, self._count)
        heap = self._heap
        heap.append(step)
        place: i64 = len(heap) - 1
        while place > 0:
            above: i64 = (place - 1) >> 1
            if not step.before(heap[above]):
                break
            heap[place] = heap[above]
            place = above
        heap[place] = step
        return step

    def take(self, until: datetime) -> Step | None:
        """The next step up to then, taken out; None where there is none."""
        heap = self._heap
        if not heap or heap[0].us > until.us:
            return None
        first, last = heap[0], heap.pop()
        size: i64 = len(heap)
        if size == 0:
            return first
        place: i64 = 0
        below: i64 = 1
        while below < size:
            if below + 1 < size and heap[below + 1].before(heap[below]):
                below += 1
            if last.before(heap[below]):
                break
            heap[place] = heap[below]
            place = below
            below = 2 * place + 1
        heap[place] = last
        return first
