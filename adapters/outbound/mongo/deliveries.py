"""Deliveries in MongoDB: records of their own, and how events turn into them.

An event's own document holds the deliveries that were decided for it, by whoever wrote it first.
Then they are written, and only then the event ceases to wait: whoever dies in between leaves an
event that waits still, and the next relay finishes what was decided.
"""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, final

from bson import ObjectId
from pymongo import ASCENDING, UpdateOne
from pymongo.collection import Collection as Documents
from pymongo.errors import BulkWriteError

from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import (
    delivery_document,
    delivery_of,
    delivery_state,
    event_document,
)
from adapters.outbound.mongo.events import in_payments
from adapters.outbound.mongo.idempotency import Keeper
from adapters.outbound.mongo.share import Share
from adapters.outbound.plain import instant
from application.ports import DeliveryRepository, Kept, WriteUnconfirmed
from domain.webhook import Delivery, DeliveryStatus

CROWD = 4
"""How many times the room is read at first; where more is due, it is read by endpoint."""
OWED_LOOKED_UP_EVERY_SECONDS = 10.0
MOST_OWED = 100
_DUPLICATE = 11_000


def drop_pending(connection: Connection, endpoint_id: str, why: str, at: datetime) -> None:
    """Give up what waits for this endpoint."""
    dropped = {
        "status": DeliveryStatus.DROPPED.value,
        "last_error": why,
        "last_at": instant(at),
        "write": ObjectId(),
    }
    with connection.writing():
        connection.deliveries.update_many(
            {"endpoint_id": endpoint_id, "pending": {"$gte": 0}},
            {"$set": dropped, "$unset": {"pending": ""}, "$inc": {"version": 1}},
            hint=schema.PENDING_OF,
        )


def insert_new(collection: Documents[Document], documents: Sequence[Document]) -> set[str]:
    """Write those that are not there yet; the ids of those that were."""
    if not documents:
        return set()
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as problem:
        details = problem.details or {}
        errors = details["writeErrors"]
        if details.get("writeConcernErrors") or any(e["code"] != _DUPLICATE for e in errors):
            raise WriteUnconfirmed("the writes were not acknowledged") from problem
        return {documents[error["index"]]["_id"] for error in errors}
    return set()


@final
class MongoDeliveries(DeliveryRepository):
    """One record for each (event, endpoint)."""

    def __init__(self, connection: Connection, keeper: Keeper, share: Share) -> None:
        self._connection = connection
        self._deliveries = connection.deliveries
        self._keeper = keeper
        self._share = share
        self._door = threading.Lock()
        self._owed_at = 0.0

    def relay(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        decided: dict[str, list[Document]] = {id_: [] for id_ in event_ids}
        for delivery in deliveries:
            if delivery.event_id in decided:
                decided[delivery.event_id].append(delivery_document(delivery))
        embedded = in_payments(self._connection, event_ids)
        theirs = self._decide(decided, embedded)
        written = {id_: mine for id_, mine in decided.items() if id_ not in theirs}
        settled = {**written, **theirs}
        with self._connection.writing():
            insert_new(self._deliveries, [d for each in settled.values() for d in each])
        self._end_waiting(event_ids, embedded)
        return [delivery for delivery in deliveries if delivery.event_id in written]

    def add(self, deliveries: Sequence[Delivery], keep: Kept | None = None) -> None:
        documents = [delivery_document(delivery) for delivery in deliveries]
        settle = None if keep is None else self._keeper.keep(keep, documents)
        with self._connection.writing():
            insert_new(self._deliveries, documents)
        if settle is not None:
            settle()

    def due(
        self, at: datetime, *, busy: Mapping[str, int], per_endpoint: int, limit: int
    ) -> Sequence[Delivery]:
        self._pay_what_is_owed()
        most = CROWD * limit
        found = self._read_due({}, schema.PENDING, at, most)
        if len(found) == most:
            found = self._by_endpoint(at, busy, per_endpoint, limit)
        ranked: list[tuple[int, datetime, Delivery]] = []
        ready = sorted(map(delivery_of, found), key=_endpoint)
        for endpoint_id, group in groupby(ready, key=_endpoint):
            room = max(0, per_endpoint - busy.get(endpoint_id, 0))
            oldest = sorted(group, key=lambda d: (d.due_at, d.id))[:room]
            ranked += [(rank, delivery.due_at, delivery) for rank, delivery in enumerate(oldest)]
        ranked.sort(key=lambda place: place[:2])
        return [delivery for *_, delivery in ranked[:limit]]

    def save_each(self, deliveries: Sequence[Delivery]) -> Sequence[bool]:
        if not deliveries:
            return []
        stamps = [ObjectId() for _ in deliveries]
        operations = [_step(d, stamp) for d, stamp in zip(deliveries, stamps, strict=True)]
        with self._connection.writing():
            done = self._deliveries.bulk_write(operations, ordered=False)
        if done.modified_count == len(deliveries):
            return [True] * len(deliveries)
        with self._connection.looking_back():
            written = self._connection.read(
                lambda: self._deliveries.find(
                    {"_id": {"$in": [d.id for d in deliveries]}}, {"write": 1}
                ).to_list()
            )
        known = {document.get("write") for document in written}
        return [stamp in known for stamp in stamps]

    def of_event(self, event_id: str) -> Sequence[Delivery]:
        found = self._connection.read(
            lambda: self._deliveries.find(
                {"event_id": event_id}, sort=[("created_at", ASCENDING), ("_id", ASCENDING)]
            ).to_list()
        )
        return [delivery_of(document) for document in found]

    # -- relaying --------------------------------------------------------------------------------

    def _decide(
        self, decided: Mapping[str, list[Document]], embedded: Mapping[str, Document]
    ) -> Mapping[str, list[Document]]:
        """Write each event's deliveries into its own document, if nobody did before.

        The events that somebody else decided, with what was decided of those that wait still.
        """
        fresh = [event_document(event, decided=decided[id_]) for id_, event in embedded.items()]
        with self._connection.writing():
            taken = insert_new(self._connection.events, fresh)
        others = {id_ for id_ in decided if id_ not in embedded or id_ in taken}
        theirs: dict[str, list[Document]] = {}
        for known in self._known(others):
            id_ = known["_id"]
            if "decided" not in known and self._decide_alone(id_, decided[id_]):
                others.discard(id_)
            elif id_ in taken or "waiting" in known:
                theirs[id_] = known.get("decided", [])
        return {id_: theirs.get(id_, []) for id_ in others}

    def _known(self, event_ids: Collection[str]) -> list[Document]:
        if not event_ids:
            return []
        question = {"_id": {"$in": list(event_ids)}}
        return self._connection.read(
            lambda: self._connection.events.find(question, {"decided": 1, "waiting": 1}).to_list()
        )

    def _decide_alone(self, event_id: str, deliveries: list[Document]) -> bool:
        """For an event that never stood in a payment."""
        condition = {"_id": event_id, "decided": {"$exists": False}, "waiting": {"$exists": True}}
        with self._connection.writing():
            done = self._connection.events.update_one(condition, {"$set": {"decided": deliveries}})
        return done.modified_count == 1

    def _end_waiting(self, event_ids: Sequence[str], embedded: Mapping[str, Document]) -> None:
        moved: dict[str, list[str]] = {}
        for id_ in event_ids:
            if id_ in embedded:
                moved.setdefault(embedded[id_]["payment_id"], []).append(id_)
        alone = [id_ for id_ in event_ids if id_ not in embedded]
        with self._connection.writing():
            if moved:
                self._connection.payments.bulk_write(
                    [UpdateOne({"_id": id_}, _without(ids)) for id_, ids in moved.items()],
                    ordered=False,
                )
            if alone:
                self._connection.events.update_many(
                    {"_id": {"$in": alone}}, {"$unset": {"waiting": ""}}
                )

    # -- what is due -----------------------------------------------------------------------------

    def _read_due(self, question: Document, index: str, at: datetime, most: int) -> list[Document]:
        def read(more: Document, until: datetime, room: int) -> list[Document]:
            return self._connection.read(
                lambda: self._deliveries.find(
                    question | {"pending": {"$lte": instant(until)}} | more,
                    sort=[("pending", ASCENDING)],
                    limit=room,
                    hint=index,
                ).to_list()
            )

        return self._share.first(read, at, most)

    def _by_endpoint(
        self, at: datetime, busy: Mapping[str, int], per_endpoint: int, limit: int
    ) -> list[Document]:
        """However much waits for one endpoint, the others are found."""
        waiting = self._connection.read(
            lambda: self._deliveries.aggregate(
                [
                    {"$match": {"pending": {"$lte": instant(at)}}},
                    {"$group": {"_id": "$endpoint_id"}},
                ],
                hint=schema.PENDING_OF,
            ).to_list()
        )
        found: list[Document] = []
        for endpoint_id in (document["_id"] for document in waiting):
            room = min(per_endpoint - busy.get(endpoint_id, 0), limit)
            if room > 0:
                one = {"endpoint_id": endpoint_id}
                found += self._read_due(one, schema.PENDING_OF, at, room)
        return found

    def _pay_what_is_owed(self) -> None:
        """Write the deliveries that a process promised with a kept answer, and then died."""
        with self._door:
            now = time.monotonic()
            if now < self._owed_at:
                return
            self._owed_at = now + OWED_LOOKED_UP_EVERY_SECONDS
        for home in (self._connection.payments, self._connection.endpoints):
            for document in self._owing(home):
                with self._connection.writing():
                    insert_new(self._deliveries, document["owed"])
                    paid = {"$unset": {"owed": "", "owed_since": ""}}
                    home.update_one({"_id": document["_id"]}, paid)

    def _owing(self, home: Documents[Document]) -> list[Document]:
        question = {"owed_since": {"$gte": 0}}
        return self._connection.read(
            lambda: home.find(question, {"owed": 1}, hint=schema.OWED, limit=MOST_OWED).to_list()
        )


def _step(delivery: Delivery, stamp: ObjectId) -> UpdateOne:
    update: Document = {"$set": delivery_state(delivery) | {"write": stamp}}
    if delivery.status is DeliveryStatus.PENDING:
        update["$set"]["pending"] = instant(delivery.due_at)
    else:
        update["$unset"] = {"pending": ""}
    return UpdateOne({"_id": delivery.id, "version": delivery.version - 1}, update)


def _without(event_ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """Take these events out of a payment's document, whatever else is done to it meanwhile."""
    kept = {"$not": [{"$in": ["$$this.id", list(event_ids)]}]}
    first = {"$min": {"$map": {"input": "$events", "in": "$$this.number"}}}
    return [
        {"$set": {"events": {"$filter": {"input": {"$ifNull": ["$events", []]}, "cond": kept}}}},
        {
            "$set": {
                "unrelayed_since": {"$cond": [{"$eq": ["$events", []]}, "$$REMOVE", first]},
                "events": {"$cond": [{"$eq": ["$events", []]}, "$$REMOVE", "$events"]},
            }
        },
    ]


def _endpoint(delivery: Delivery) -> str:
    return delivery.endpoint_id
