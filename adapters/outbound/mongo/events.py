"""Events in MongoDB: in their payment's document until they are relayed, then on their own.

The relay writes an event's own document first and takes it out of the payment's afterwards. So who
looks into the payments first, and into the events' collection after that, finds each of them,
and what is found in both is one event.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import (
    Told,
    event_document,
    event_of,
    event_to_stored,
    head_of,
)
from adapters.outbound.mongo.links import tell_what_is_owed
from adapters.outbound.mongo.share import Share
from adapters.outbound.plain import from_instant, instant
from application.ports import EventLog, EventQuery, NotFound, Page
from domain.events import Event, EventHead

OWED_LOOKED_UP_EVERY_SECONDS = 10.0
"""How often it is looked whether a link owes an event: after a crash alone."""
_HEADS = {
    f"events.{name}": 1 for name in ("id", "number", "type", "merchant", "live", "at", "payment_id")
}


@final
class MongoEvents(EventLog):
    """The events told, oldest first."""

    def __init__(self, connection: Connection, codec: Codec, told: Told, share: Share) -> None:
        self._connection = connection
        self._codec = codec
        self._told = told
        self._share = share
        self._door = threading.Lock()
        self._owed_at = 0.0

    def add(self, event: Event) -> None:
        number = self._told()
        document = event_document(event_to_stored(self._codec, event, number), waiting=number)
        try:
            with self._connection.writing():
                self._connection.events.insert_one(document)
        except DuplicateKeyError:
            return

    def get(self, event_id: str) -> Event:
        found = self._stored([event_id])
        if not found:
            raise NotFound
        return event_of(self._codec, found[event_id])

    def find(self, query: EventQuery) -> Page[Event]:
        waiting = [stored for stored in self._unrelayed_of(query) if _matches(stored, query)]
        relayed = self._relayed(query)
        heads = {stored["id"]: stored for stored in waiting}
        known = {stored["_id"]: stored for stored in relayed}
        ids = sorted({*heads, *known}, reverse=True)
        chosen = ids[: query.limit]
        known |= self._stored([id_ for id_ in chosen if id_ not in known])
        items = [event_of(self._codec, known[id_]) for id_ in chosen]
        return Page(items, items[-1].id if len(ids) > query.limit else None)

    def get_each(self, event_ids: Sequence[str]) -> Mapping[str, Event]:
        found: dict[str, Event] = {}
        refused: Unreadable | None = None
        for id_, stored in self._stored(event_ids).items():
            try:
                found[id_] = event_of(self._codec, stored)
            except Unreadable as unreadable:
                refused = unreadable
        if refused and not found:
            raise refused
        return found

    def unrelayed(self, limit: int) -> Sequence[EventHead]:
        self._tell_what_links_owe()

        def read(more: Document, until: datetime, room: int) -> list[Document]:
            return self._connection.read(
                lambda: self._connection.payments.find(
                    {"unrelayed_since": {"$lte": instant(until)}} | more,
                    _HEADS,
                    sort=[("unrelayed_since", ASCENDING)],
                    limit=room,
                    hint=schema.UNRELAYED,
                ).to_list()
            )

        now = from_instant(self._told())
        documents = self._share.first(read, now, limit)
        waiting = [event for document in documents for event in document.get("events", ())]
        waiting += self._connection.read(
            lambda: self._connection.events.find(
                {"waiting": {"$gte": 0}},
                {"number": 1, "type": 1, "merchant": 1, "live": 1},
                sort=[("waiting", ASCENDING)],
                limit=limit,
                hint=schema.WAITING,
            ).to_list()
        )
        waiting.sort(key=lambda stored: stored["number"])
        return [head_of(stored) for stored in waiting[:limit]]

    def _tell_what_links_owe(self) -> None:
        with self._door:
            now = time.monotonic()
            if now < self._owed_at:
                return
            self._owed_at = now + OWED_LOOKED_UP_EVERY_SECONDS
        tell_what_is_owed(self._connection)

    # -- reads -----------------------------------------------------------------------------------

    def _stored(self, event_ids: Sequence[str]) -> dict[str, Document]:
        """Those of them that are there: nearly all were relayed, the rest is looked for both ways.

        One that was moved between the two looks is found by the third.
        """
        found = self._on_their_own(event_ids)
        missing = [id_ for id_ in event_ids if id_ not in found]
        if missing:
            found |= self._in_payments(missing)
            moved = [id_ for id_ in missing if id_ not in found]
            found |= self._on_their_own(moved) if moved else {}
        return found

    def _on_their_own(self, event_ids: Sequence[str]) -> dict[str, Document]:
        found = self._connection.read(
            lambda: self._connection.events.find({"_id": {"$in": list(event_ids)}}).to_list()
        )
        return {document["_id"]: document for document in found}

    def _in_payments(self, event_ids: Sequence[str]) -> dict[str, Document]:
        return in_payments(self._connection, event_ids)

    def _unrelayed_of(self, query: EventQuery) -> list[Document]:
        """Heads of what waits in payments: all of the merchant's, which is little."""
        payments = self._connection.payments
        waits: Document = {"unrelayed_since": {"$gte": 0}}
        owner: Document = {"merchant_id": query.merchant_id, "livemode": query.livemode}
        if query.payment_id is not None:
            one = {"_id": query.payment_id}
            found = self._connection.read(lambda: payments.find(one, _HEADS).to_list())
        else:
            found = self._connection.read(
                lambda: payments.find(owner | waits, _HEADS, hint=schema.UNRELAYED).to_list()
            )
        return [event for document in found for event in document.get("events", ())]

    def _relayed(self, query: EventQuery) -> list[Document]:
        question: Document = {"merchant": query.merchant_id, "live": query.livemode}
        if query.payment_id is not None:
            question["payment_id"] = query.payment_id
        if query.type is not None:
            question["type"] = query.type
        if query.since is not None:
            question["at"] = {"$gte": instant(query.since)}
        if query.cursor is not None:
            question["_id"] = {"$lt": query.cursor}
        index = schema.EVENT_LISTING if query.payment_id is None else schema.STORIES
        return self._connection.read(
            lambda: self._connection.events.find(
                question, sort=[("_id", DESCENDING)], limit=query.limit + 1, hint=index
            ).to_list()
        )


def in_payments(connection: Connection, event_ids: Sequence[str]) -> dict[str, Document]:
    """Those of the events that stand in their payments' documents still, by id."""
    asked = set(event_ids)
    found = connection.read(
        lambda: connection.payments.find(
            {"told": {"$in": list(asked)}}, {"events": 1}, hint=schema.TOLD
        ).to_list()
    )
    events = [event for document in found for event in document.get("events", ())]
    return {event["id"]: event for event in events if event["id"] in asked}


def _matches(stored: Document, query: EventQuery) -> bool:
    return (
        (stored["merchant"], stored["live"]) == (query.merchant_id, query.livemode)
        and (query.type is None or stored["type"] == query.type)
        and (query.since is None or stored["at"] >= instant(query.since))
        and (query.cursor is None or stored["id"] < query.cursor)
    )
