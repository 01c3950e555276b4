"""Everything that is stored, page by page: for whoever judges whether it can all be true."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import final

from pymongo import ASCENDING

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import payment_of
from adapters.outbound.mongo.saving import charge_owners
from adapters.outbound.plain import instant
from application.invariants import Sheet, Told
from domain.events import EventType

MOST_OF_AN_ORDER = 1_000
_CHARGE = "charge|"
_PAYMENT: Document = {"version": {"$exists": True}}
"""A document of the collection that is no answer kept alone."""


@final
class MongoAudit:
    """Reads without deciding anything, beside whoever writes."""

    def __init__(self, connection: Connection, codec: Codec) -> None:
        self._connection = connection
        self._payments = connection.payments
        self._codec = codec

    def count(self) -> int:
        """How many payments there are."""
        with self._connection.reading():
            return self._payments.count_documents({"_id": {"$gte": "pay_", "$lt": "pay`"}})

    def waiting(self, at: datetime) -> int:
        """How many payments were to be asked about by then."""
        with self._connection.reading():
            return self._payments.count_documents({"ask_at": {"$lte": instant(at)}})

    def sheets(self, size: int) -> Iterator[Sheet]:
        """All payments, the oldest first, so many at a time."""
        after = ""
        while documents := self._page({"_id": {"$gt": after}}, size):
            after = documents[-1]["_id"]
            yield self._opened([d for d in documents if "version" in d])

    def orders_of_several(self, size: int) -> Iterator[Sheet]:
        """The payments of each order that has more than one."""
        order = {name: f"${name}" for name in ("merchant_id", "livemode", "order_id")}
        with self._connection.reading():
            several = self._payments.aggregate(
                [
                    {"$match": _PAYMENT},
                    {"$group": {"_id": order, "count": {"$sum": 1}}},
                    {"$match": {"count": {"$gt": 1}}},
                ],
                allowDiskUse=True,
                batchSize=size,
            ).to_list()
        for one in several:
            yield self._opened(self._page(one["_id"], MOST_OF_AN_ORDER))

    def fresh(self, payment_id: str) -> Sheet:
        """One payment, as it is now."""
        return self._opened(self._page({"_id": payment_id}, 1))

    def told(self, payment_ids: Sequence[str]) -> Sequence[Told]:
        """The events of these payments: those that wait for the relay, then the others."""
        ids = list(payment_ids)
        waiting = self._connection.read(
            lambda: self._payments.find(
                {"_id": {"$in": ids}},
                {f"events.{name}": 1 for name in ("id", "payment_id", "type", "sequence")},
            ).to_list()
        )
        relayed = self._connection.read(
            lambda: self._connection.events.find(
                {"payment_id": {"$in": ids}},
                {"payment_id": 1, "type": 1, "sequence": 1},
                hint=schema.STORIES,
            ).to_list()
        )
        found = {event["id"]: event for document in waiting for event in document.get("events", ())}
        found |= {event["_id"]: event for event in relayed}
        return [
            Told(id_, e["payment_id"], EventType(e["type"]), int(e["sequence"]), relayed=True)
            for id_, e in found.items()
        ]

    def owners(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Whose attempt each of these references is, by the documents that hold them."""
        asked = set(keys)
        found = self._connection.read(
            lambda: self._payments.find(
                {"references": {"$in": list(asked)}}, {"body": 1}, hint=schema.REFERENCES
            ).to_list()
        )
        owners = dict(charge_owners(self._connection, [k for k in keys if k.startswith(_CHARGE)]))
        for payment in self._opened(found).payments:
            for attempt in payment.attempts:
                owners |= dict.fromkeys(asked & set(attempt.references.unique), attempt.id)
        return owners

    def _page(self, question: Document, size: int) -> list[Document]:
        return self._connection.read(
            lambda: self._payments.find(
                question, {"body": 1, "version": 1}, sort=[("_id", ASCENDING)], limit=size
            ).to_list()
        )

    def _opened(self, documents: Sequence[Document]) -> Sheet:
        payments, unreadable = [], []
        for document in documents:
            try:
                payments.append(payment_of(self._codec, document))
            except (Unreadable, KeyError, TypeError, ValueError):
                unreadable.append(str(document["_id"]))
        return Sheet(payments, unreadable)
