"""What the wallet will do later, in order of time: plain data, no clock."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sandbox.outage import Outage


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer for a call; an empty body has no content type."""

    call: int
    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of a call's connection, without an answer."""

    call: int


Effect = Reply | Cut


@dataclass(frozen=True, slots=True)
class Decide:
    """The simulated customer acts on a push."""

    push_id: str


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """The customer's window for a push ends."""

    push_id: str


@dataclass(frozen=True, slots=True)
class AnswerLate:
    """The caller who still waits for a push is told this code."""

    push_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Send:
    """An answer that was delayed on its way leaves."""

    effect: Effect


@dataclass(frozen=True, slots=True)
class Arrive:
    """The message of a push reaches the wallet, late."""

    number: int


@dataclass(frozen=True, slots=True)
class EndOutage:
    """An outage ends by itself, unless it was changed meanwhile."""

    outage: Outage


Due = Decide | CloseWindow | AnswerLate | Send | Arrive | EndOutage


class Timers:
    """A heap of due things; equal times keep the order in which they were set.

    It is bounded by what sets it: at most four for each push that was heard within the longest
    of OVO's clocks or is on its way, one for each call whose answer is delayed, and one for each
    outage that was set.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Due]] = []
        self._order = count()

    def set(self, when: datetime, due: Due) -> None:
        """Have the thing come due at this moment."""
        heapq.heappush(self._heap, (when, next(self._order), due))

    def next_at(self) -> datetime | None:
        """When the first thing comes due."""
        return self._heap[0][0] if self._heap else None

    def pop_until(self, now: datetime) -> Iterator[tuple[datetime, Due]]:
        """Take out what is due, each with its moment, also what is set meanwhile."""
        while self._heap and self._heap[0][0] <= now:
            when, _, due = heapq.heappop(self._heap)
            yield when, due
