"""Things that come due, in order of time: plain data, no clock."""

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Agenda(Generic[Thing]):
    """A heap of due things; equal times keep the order in which they were set.

    It has no bound of its own: whoever sets things says what bounds them.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Thing]] = []
        self._order = count()

    def set(self, when: datetime, due: Thing) -> None:
        """Have the thing come due at this moment."""
        heapq.heappush(self._heap, (when, next(self._order), due))

    def next_at(self) -> datetime | None:
        """When the first thing comes due."""
        return self._heap[0][0] if self._heap else None

    def pop_until(self, now: datetime) -> Iterator[tuple[datetime, Thing]]:
        """Take out what is due, each with its moment, also what is set meanwhile."""
        while self._heap and self._heap[0][0] <= now:
            when, _, due = heapq.heappop(self._heap)
            yield when, due
