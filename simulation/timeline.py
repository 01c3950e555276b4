"""What is to come, in the order in which it will: one heap."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import final


@final
class Step:
    """One thing to come, unless it is called off before."""

    __slots__ = ("what", "when")

    def __init__(self, when: datetime, what: Callable[[], None]) -> None:
        self.when = when
        self.what: Callable[[], None] | None = what

    def call_off(self) -> bool:
        """Have it not happen; False if it has happened, or was called off before."""
        if self.what is not None:
            self.what = None
            return True
        return False


@final
class Timeline:
    """Steps by their times; equal times keep the order in which they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Step]] = []
        self._order = count()

    def set(self, when: datetime, what: Callable[[], None]) -> Step:
        """Have it happen then."""
        step = Step(when, what)
        heapq.heappush(self._heap, (when, next(self._order), step))
        return step

    def take(self, until: datetime) -> Step | None:
        """The next step up to then, taken out; None where there is none."""
        heap = self._heap
        if heap and heap[0][0] <= until:
            return heapq.heappop(heap)[2]
        return None
