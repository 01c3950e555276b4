"""Payments in MongoDB."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, final

from pymongo import ASCENDING, DESCENDING

from adapters.outbound.codec import Codec
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import payment_of, readable
from adapters.outbound.mongo.holds import Holds
from adapters.outbound.mongo.saving import Saving, Step, charge_owners
from adapters.outbound.mongo.share import Share
from adapters.outbound.plain import instant
from application.ports import (
    DueProviders,
    ExceptionQuery,
    Kept,
    NotFound,
    Page,
    PaymentQuery,
    PaymentRepository,
    StoreUnavailable,
)
from domain.errors import LunasError
from domain.payment import Change, Payment, Status

_BODY = {"body": 1}


@final
class MongoPayments(PaymentRepository):
    """One document holds a payment, its events not yet relayed, and the answers kept with it."""

    def __init__(
        self, connection: Connection, codec: Codec, saving: Saving, holds: Holds, share: Share
    ) -> None:
        self._connection = connection
        self._payments = connection.payments
        self._codec = codec
        self._saving = saving
        self._holds = holds
        self._share = share

    def save(self, change: Change, keep: Kept | None = None) -> None:
        self._saving.one(self._saving.step(change, keep))

    def save_each(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        results: list[LunasError | None] = [None] * len(changes)
        steps: dict[int, Step] = {}
        for place, change in enumerate(changes):
            try:
                steps[place] = self._saving.step(change)
            except LunasError as refused:
                results[place] = refused
        for places in _waves(steps):
            try:
                refusals = self._saving.many([steps[place] for place in places])
            except StoreUnavailable as away:
                refusals = [away] * len(places)
            for place, refusal in zip(places, refusals, strict=True):
                results[place] = refusal
        return results

    def get(self, payment_id: str) -> Payment:
        return self._one({"_id": payment_id}, None)

    def due(self, provider: str, status: Status, at: datetime, limit: int) -> Sequence[Payment]:
        question = {"provider": provider, "status": status.value}
        found = self._queue(question, "due_at", at, limit, schema.DUE)
        if status is Status.PENDING and found:
            # Looked up now for all of them, it is not looked up again when each is claimed.
            self._holds.cleared(found)
        return found

    def to_ask(
        self, provider: str, at: datetime, limit: int, *, newest: bool = False
    ) -> Sequence[Payment]:
        question = {"provider": provider}
        return self._queue(question, "ask_at", at, limit, schema.TO_ASK, newest=newest)

    def due_providers(self, providers: Sequence[str], at: datetime) -> DueProviders:
        until = {"$lte": instant(at)}
        pending = {"status": Status.PENDING.value, "due_at": until}
        return DueProviders(
            frozenset(p for p in providers if self._any({"provider": p} | pending, schema.DUE)),
            frozenset(
                p for p in providers if self._any({"provider": p, "ask_at": until}, schema.TO_ASK)
            ),
        )

    def charged_as(self, evidence: Sequence[str]) -> Mapping[str, str]:
        return charge_owners(self._connection, evidence)

    def with_exceptions(self, query: ExceptionQuery) -> Page[Payment]:
        question: Document = {"exceptions": 2 if query.only_open else {"$in": [1, 2]}}
        if query.merchant_id is not None:
            question["merchant_id"] = query.merchant_id
        if query.livemode is not None:
            question["livemode"] = query.livemode
        return self._page(question, query.cursor, query.limit, schema.EXCEPTIONS)

    def of_reference(self, key: str) -> Payment:
        return self._one({"references": key}, schema.REFERENCES)

    def of_refund(self, refund_id: str) -> Payment:
        return self._one({"parts": refund_id}, schema.PARTS)

    def of_exception(self, exception_id: str) -> Payment:
        return self._one({"parts": exception_id}, schema.PARTS)

    def stranded(self, provider: str, alive: Sequence[str], limit: int) -> Sequence[Payment]:
        question = {"provider": provider, "worker": {"$exists": True, "$nin": list(alive)}}
        found = self._connection.read(
            lambda: self._payments.find(question, _BODY, hint=schema.HELD, limit=limit).to_list()
        )
        return readable(self._codec, found)

    def find(self, query: PaymentQuery) -> Page[Payment]:
        question: Document = {"merchant_id": query.merchant_id, "livemode": query.livemode}
        if query.order_id is not None:
            question["order_id"] = query.order_id
        if query.status is not None:
            question["status"] = query.status.value
        if query.phone is not None:
            question["phone_hash"] = {"$in": list(self._codec.phone_hashes(query.phone))}
        created: Document = {}
        if query.created_after is not None:
            created["$gte"] = instant(query.created_after)
        if query.created_before is not None:
            created["$lt"] = instant(query.created_before)
        if created:
            question["created_at"] = created
        return self._page(question, query.cursor, query.limit, _narrowest_index(query))

    # -- reads -----------------------------------------------------------------------------------

    def _one(self, question: Document, index: str | None) -> Payment:
        with self._connection.reading():
            found = self._payments.find_one(question, _BODY, **_hint(index))
        if found is None or "body" not in found:  # an answer that is kept alone has none
            raise NotFound
        return payment_of(self._codec, found)

    def _any(self, question: Document, index: str) -> bool:
        with self._connection.reading():
            return self._payments.find_one(question, {"_id": 1}, hint=index) is not None

    def _queue(
        self,
        question: Document,
        field: str,
        at: datetime,
        limit: int,
        index: str,
        *,
        newest: bool = False,
    ) -> Sequence[Payment]:
        """Those whose turn it is, from this worker's share first."""
        order = DESCENDING if newest else ASCENDING

        def read(more: Document, until: datetime, room: int) -> list[Document]:
            return self._connection.read(
                lambda: self._payments.find(
                    question | {field: {"$lte": instant(until)}} | more,
                    _BODY,
                    sort=[(field, order)],
                    limit=room,
                    hint=index,
                ).to_list()
            )

        return readable(self._codec, self._share.first(read, at, limit))

    def _page(
        self, question: Document, cursor: str | None, limit: int, index: str
    ) -> Page[Payment]:
        if cursor is not None:
            question = question | {"_id": {"$lt": cursor}}
        found = self._connection.read(
            lambda: self._payments.find(
                question, _BODY, sort=[("_id", DESCENDING)], limit=limit + 1, hint=index
            ).to_list()
        )
        items = [payment_of(self._codec, document) for document in found[:limit]]
        return Page(items, items[-1].id if len(found) > limit else None)


def _hint(index: str | None) -> dict[str, Any]:
    return {} if index is None else {"hint": index}


def _narrowest_index(query: PaymentQuery) -> str:
    if query.order_id is not None:
        return schema.ORDERS
    if query.phone is not None:
        return schema.PHONES
    return schema.LISTING if query.status is None else schema.STATUSES


def _waves(steps: Mapping[int, Step]) -> Iterator[Sequence[int]]:
    """Places in turns that hold each payment once: changes of one payment follow each other."""
    turns: dict[str, int] = {}
    waves: dict[int, list[int]] = {}
    for place, step in steps.items():
        turn = turns.get(step.payment.id, 0)
        turns[step.payment.id] = turn + 1
        waves.setdefault(turn, []).append(place)
    yield from waves.values()
