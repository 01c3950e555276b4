"""What `adapters.outbound.memory.queue` is in a compiled simulation: places found by counting.

A payment is put into queues some fifty times. Here a place is found by comparing integers, and
names only where the times are equal.
"""

from collections.abc import Sequence
from typing import final

from mypy_extensions import i64, mypyc_attr

from simulation.native.times import datetime


@final
@mypyc_attr(acyclic=True)
class Due:
    """A name and when it is due."""

    def __init__(self, at: datetime, name: str) -> None:
        self.at = at
        self.us: i64 = at.us
        self.name = name


@final
class Queue:
    """Each name is in it once or not at all; what is not due yet costs nothing to leave alone."""

    def __init__(self) -> None:
        self._order: list[Due] = []
        self._times: dict[str, Due] = {}

    def put(self, name: str, at: datetime | None) -> None:
        """Have it due then, and at no other time; None takes it out."""
        known = self._times.get(name)
        if known is None:
            if at is not None:
                self._add(name, at)
            return
        if at is not None and known.us == at.us:
            return
        del self._order[self._place(known.us, name)]
        if at is None:
            del self._times[name]
        else:
            self._add(name, at)

    def names(self) -> Sequence[str]:
        """All of them, the first due first."""
        return [due.name for due in self._order]

    def first_at(self) -> datetime | None:
        """When the first is due."""
        order = self._order
        return order[0].at if order else None

    def oldest(self, at: datetime, limit: int) -> Sequence[str]:
        """At most so many that are due by then, the longest due first."""
        order = self._order
        if not order or order[0].us > at.us:
            return ()
        return [due.name for due in order[: min(limit, self._end(at.us))]]

    def newest(self, at: datetime, limit: int) -> Sequence[str]:
        """At most so many that are due by then, the newest due first."""
        end = self._end(at.us)
        return [due.name for due in reversed(self._order[max(0, end - limit) : end])]

    def _add(self, name: str, at: datetime) -> None:
        due = Due(at, name)
        self._times[name] = due
        place = self._place(due.us, name)
        if place == len(self._order):
            self._order.append(due)
        else:
            self._order.insert(place, due)

    def _place(self, us: i64, name: str) -> int:
        """Where a name of that time is, or would be."""
        order = self._order
        low: i64 = 0
        high: i64 = len(order)
        while low < high:
            middle: i64 = (low + high) >> 1
            other = order[middle]
            if other.us < us or (other.us == us and other.name < name):
                low = middle + 1
            else:
                high = middle
        return int(low)

    def _end(self, us: i64) -> int:
        """How many are due by then."""
        order = self._order
        low: i64 = 0
        high: i64 = len(order)
        while low < high:
            middle: i64 = (low + high) >> 1
            if order[middle].us <= us:
                low = middle + 1
            else:
                high = middle
        return int(low)
