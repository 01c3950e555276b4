"""A search index in memory: for tests, and to say in plain words what an index promises."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import final

from adapters.outbound.plain import instant
from adapters.outbound.plain_copy import DESCENDING, FIELD_OF, MOST_DAYS
from application.payment_copy import PaymentCopy
from application.ports import (
    Counts,
    IndexUnavailable,
    NextIndex,
    PaymentIndex,
    SearchPage,
    SearchQuery,
    Sort,
)


@final
@dataclass(slots=True)
class MemoryCopies(NextIndex):
    """The copies of one index."""

    owner: "MemoryIndex"
    held: dict[str, PaymentCopy] = field(default_factory=dict)
    at: str = ""

    def cursor(self) -> str:
        self.owner.check(self)
        return self.at

    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        with self.owner.lock:
            self.owner.check(self)
            for copy in copies:
                known = self.held.get(copy.id)
                if known is None or known.version < copy.version:
                    self.held[copy.id] = copy
            self.at = cursor

    def take_over(self) -> None:
        with self.owner.lock:
            self.owner.check(self)
            self.owner.answering, self.owner.made = self, None


@final
class MemoryIndex(PaymentIndex):
    """Looks at every copy; `away` makes it refuse, as an index at a server can."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.answering: MemoryCopies | None = None
        self.made: MemoryCopies | None = None
        self.away = False

    def search(self, query: SearchQuery) -> SearchPage:
        self._reach()
        with self.lock:
            answering = self.answering or MemoryCopies(self)
            copies = [copy for copy in answering.held.values() if _passes(copy, query)]
        copies.sort(key=lambda copy: _place(copy, query.sort), reverse=query.sort in DESCENDING)
        counts = _counted(copies) if query.counted else None
        if query.after is not None:
            copies = [copy for copy in copies if _follows(copy, query)]
        more = len(copies) > query.limit
        return SearchPage(copies[: query.limit], more=more, counts=counts, cursor=answering.at)

    def present(self) -> MemoryCopies:
        self._reach()
        with self.lock:
            self.answering = self.answering or MemoryCopies(self)
            return self.answering

    def next(self, *, afresh: bool = False) -> MemoryCopies:
        self._reach()
        with self.lock:
            if afresh or self.made is None:
                self.made = MemoryCopies(self)
            return self.made

    def close(self) -> None:
        """Nothing to release."""

    def check(self, copies: MemoryCopies) -> None:
        """Raise IndexUnavailable unless these copies answer or are being made."""
        self._reach()
        if copies is not self.answering and copies is not self.made:
            raise IndexUnavailable("another index has taken the place of this one")

    def _reach(self) -> None:
        if self.away:
            raise IndexUnavailable("the index is away")


def _place(copy: PaymentCopy, sort: Sort) -> tuple[int, str]:
    value = getattr(copy, FIELD_OF[sort])
    return value if isinstance(value, int) else instant(value), copy.id


def _follows(copy: PaymentCopy, query: SearchQuery) -> bool:
    assert query.after is not None
    place = _place(copy, query.sort)
    return place < query.after if query.sort in DESCENDING else place > query.after


def _passes(copy: PaymentCopy, query: SearchQuery) -> bool:
    return (
        copy.merchant_id == query.merchant_id
        and copy.livemode == query.livemode
        and (not query.statuses or copy.status in query.statuses)
        and query.order_id in {None, copy.order_id}
        and (query.created_after is None or query.created_after <= copy.created_at)
        and (query.created_before is None or copy.created_at < query.created_before)
        and (query.amount_from is None or query.amount_from <= copy.amount)
        and (query.amount_to is None or copy.amount <= query.amount_to)
        and copy.found_by(query.words)
    )


def _counted(copies: Sequence[PaymentCopy]) -> Counts:
    days = Counter(copy.day for copy in copies)
    latest = sorted(days, reverse=True)[:MOST_DAYS]
    return Counts(Counter(copy.status.value for copy in copies), {day: days[day] for day in latest})
