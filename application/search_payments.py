"""Find payments for people: from the index, or exactly from the store where that cannot answer."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from application.index_payments import MOST_COUNTED
from application.payment_copy import Parts, PaymentCopy, copy_of
from application.ports import (
    Clock,
    Counts,
    IndexUnavailable,
    NotFound,
    PaymentFeed,
    PaymentIndex,
    PaymentQuery,
    PaymentRepository,
    SearchQuery,
    Sort,
    StoreUnavailable,
)
from application.search_words import wanted
from domain.errors import InvalidValue
from domain.ids import IdKind
from domain.msisdn import Msisdn
from domain.payment import Payment

_NUMBERS = re.compile(r"[+(0-9][0-9\s().+\u00a0\u2010-\u2015-]{7,}")
"""What may be a phone number, spelled in one of its ways."""
_IDS = re.compile(rf"\b(?:{'|'.join(IdKind)})_[0-9a-f]{{1,32}}\b")
"""Our own ids, or their beginnings: one of 140 has digits in it that could be called."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Source(StrEnum):
    """Who answered."""

    INDEX = "index"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Hit:
    """A payment that was found, and where its words were."""

    copy: PaymentCopy
    highlights: Mapping[str, Parts]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `whole` says that nothing else matches, but for changes not seen yet.

    `waiting` changes are not in the index yet, counted up to a bound, the oldest of them made
    `lag_seconds` ago; None where that cannot be told. `after` continues behind the last hit.
    """

    hits: Sequence[Hit]
    after: tuple[int, str] | None
    counts: Counts | None
    source: Source
    whole: bool
    waiting: int | None = None
    lag_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SearchPayments:
    """A question never ends in a fault: without the index, what the store can find is found.

    A phone number is asked of the store alone, which knows it by a keyed hash: no whole number is
    ever sent to an index.
    """

    index: PaymentIndex
    feed: PaymentFeed
    payments: PaymentRepository
    clock: Clock
    with_description: bool

    def __call__(self, text: str, query: SearchQuery) -> Found:
        """The payments in which every word of the text is found; raises StoreUnavailable."""
        phone, rest = _phone_in(text)
        asked = replace(query, words=wanted(rest))
        if phone is not None:
            return self._from_store(asked, text, phone)
        try:
            page = self.index.search(asked)
        except IndexUnavailable:
            return self._from_store(asked, text, None)
        waiting, lag = self._behind(page.cursor)
        if not page.cursor and waiting != 0:  # lost, or never filled: it knows of nothing
            return self._from_store(asked, text, None)
        hits = [Hit(copy, copy.highlights(asked.words)) for copy in page.copies]
        after = place_of(hits[-1].copy, query.sort) if page.more and hits else None
        return Found(hits, after, page.counts, Source.INDEX, True, waiting, lag)

    def _behind(self, cursor: str) -> tuple[int | None, float | None]:
        try:
            waiting = self.feed.waiting(cursor, MOST_COUNTED)
        except StoreUnavailable:
            return None, None
        if waiting.since is None:
            return waiting.count, 0.0 if waiting.count == 0 else None
        return waiting.count, max(0.0, (self.clock().at - waiting.since).total_seconds())

    def _from_store(self, query: SearchQuery, text: str, phone: Msisdn | None) -> Found:
        """By id, order or phone, or by the filters alone; newest first, whatever was asked for."""
        exact: Sequence[Payment] = ()
        if query.after is None and (query.words or phone):
            exact = self._exactly(query, text.strip())
        listed, more = self._listed(query, phone)
        payments = {payment.id: payment for payment in (*exact, *listed)}
        copies = [
            copy_of(payments[id_], with_description=self.with_description)
            for id_ in sorted(payments, reverse=True)
        ]
        named = {payment.id for payment in exact}  # by the whole text, not by each of its words
        hits = [
            Hit(copy, copy.highlights(query.words))
            for copy in copies
            if _passes(copy, query) and (copy.id in named or copy.found_by(query.words))
        ]
        after = (_microseconds(listed[-1].created_at), listed[-1].id) if more else None
        ordered = query.sort is Sort.NEWEST or (len(hits) < 2 and after is None)
        whole = ordered and (phone is not None or not query.words)
        return Found(hits, after, None, Source.STORE, whole)

    def _listed(self, query: SearchQuery, phone: Msisdn | None) -> tuple[Sequence[Payment], bool]:
        if query.words and phone is None:  # what has words in it only an index knows
            return (), False
        page = self.payments.find(_listing(query, phone))
        return page.items, page.next_cursor is not None

    def _exactly(self, query: SearchQuery, text: str) -> Sequence[Payment]:
        """Those whose id, refund, exception or order this is."""
        found: list[Payment] = []
        for look in (self.payments.get, self.payments.of_refund, self.payments.of_exception):
            with suppress(NotFound):
                found.append(look(text))
        order = PaymentQuery(query.merchant_id, query.livemode, order_id=text, limit=query.limit)
        found += self.payments.find(order).items
        mine = (query.merchant_id, query.livemode)
        return [payment for payment in found if (payment.merchant_id, payment.livemode) == mine]


def place_of(copy: PaymentCopy, sort: Sort) -> tuple[int, str]:
    """Where a copy stands in that order."""
    match sort:
        case Sort.DEAREST | Sort.CHEAPEST:
            return copy.amount, copy.id
        case Sort.LAST_CHANGED | Sort.FIRST_CHANGED:
            return _microseconds(copy.updated_at), copy.id
        case Sort.NEWEST | Sort.OLDEST:
            return _microseconds(copy.created_at), copy.id


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _phone_in(text: str) -> tuple[Msisdn | None, str]:
    """The phone number in the text, if there is one, and the text without it."""
    for run in _NUMBERS.finditer(_IDS.sub(lambda id_: "_" * len(id_[0]), text)):
        with suppress(InvalidValue):
            phone = Msisdn.parse(run[0].strip())
            return phone, f"{text[: run.start()]} {text[run.end() :]}"
    return None, text


def _listing(query: SearchQuery, phone: Msisdn | None) -> PaymentQuery:
    return PaymentQuery(
        merchant_id=query.merchant_id,
        livemode=query.livemode,
        order_id=query.order_id,
        status=query.statuses[0] if len(query.statuses) == 1 else None,
        created_after=query.created_after,
        created_before=query.created_before,
        phone=phone,
        limit=query.limit,
        cursor=None if query.after is None else query.after[1],
    )


def _passes(copy: PaymentCopy, query: SearchQuery) -> bool:
    """Whether every filter lets it through."""
    return (
        (not query.statuses or copy.status in query.statuses)
        and query.order_id in {None, copy.order_id}
        and (query.created_after is None or query.created_after <= copy.created_at)
        and (query.created_before is None or copy.created_at < query.created_before)
        and (query.amount_from is None or query.amount_from <= copy.amount)
        and (query.amount_to is None or copy.amount <= query.amount_to)
    )
