"""What is due when: names in the order of their times."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import datetime
from typing import final

_AFTER_ALL = "\U0010ffff"
"""Sorts after every name of the same time."""


@final
class Queue:
    """Each name is in it once or not at all; what is not due yet costs nothing to leave alone."""

    __slots__ = ("_order", "_times")

    def __init__(self) -> None:
        self._order: list[tuple[datetime, str]] = []
        self._times: dict[str, datetime] = {}

    def put(self, name: str, at: datetime | None) -> None:
        """Have it due then, and at no other time; None takes it out."""
        known = self._times.get(name)
        if known == at:
            return
        if known is not None:
            del self._order[bisect_left(self._order, (known, name))]
        if at is None:
            del self._times[name]
        else:
            insort(self._order, (at, name))
            self._times[name] = at

    def names(self) -> Sequence[str]:
        """All of them, the first due first."""
        return [name for _, name in self._order]

    def first_at(self) -> datetime | None:
        """When the first is due."""
        return self._order[0][0] if self._order else None

    def oldest(self, at: datetime, limit: int) -> Sequence[str]:
        """At most so many that are due by then, the longest due first."""
        order = self._order
        if not order or order[0][0] > at:
            return ()
        return [name for _, name in order[: min(limit, bisect_right(order, (at, _AFTER_ALL)))]]

    def newest(self, at: datetime, limit: int) -> Sequence[str]:
        """At most so many that are due by then, the newest due first."""
        end = bisect_right(self._order, (at, _AFTER_ALL))
        return [name for _, name in reversed(self._order[max(0, end - limit) : end])]
