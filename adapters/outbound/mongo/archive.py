"""The MongoDB store as plain records, for a house that moves."""

from collections.abc import Callable, Sequence
from typing import Any, final

from pymongo import ASCENDING, ReplaceOne
from pymongo.collection import Collection

from adapters.outbound.codec import Codec
from adapters.outbound.mongo import accounts, directory
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import (
    charges_of,
    delivery_document,
    delivery_of,
    event_document,
    event_of,
    event_to_stored,
    opened,
    payment_body,
    payment_of,
    payment_origin,
    payment_state,
)
from adapters.outbound.mongo.idempotency import HOMES
from adapters.outbound.mongo.inbox import received_document
from adapters.outbound.mongo.links import link_document, link_of
from adapters.outbound.mongo.store import MongoStore
from adapters.outbound.plain import instant, optional_instant
from application.move_house import Archive, Counter, Kind, Record, ToldEvent, Value
from application.ports import Kept, Received
from domain.merchant import ApiClient, Merchant, ProviderAccount
from domain.payment import Payment
from domain.wallet_link import WalletLink
from domain.webhook import Delivery, Endpoint


@final
class MongoArchive(Archive):
    """Reads and writes records whole, past every rule of the stores.

    Events that wait for the relay stand in their payments' documents; here each is a record, and
    what is written waits in a document of its own. Kept answers likewise.
    """

    def __init__(self, store: MongoStore, codec: Codec) -> None:
        self._store = store
        self._connection: Connection = store.connection
        self._codec = codec

    def count(self, kind: Kind) -> int:
        if kind is Kind.EVENT:
            return self._sum(_inside("events"), self._connection.payments) + self._alone(
                self._connection.events, {}
            )
        if kind is Kind.ANSWER:
            return sum(self._sum(_inside("kept"), home) for home in self._homes())
        collection, question = self._of(kind)
        return self._alone(collection, question)

    def page(self, kind: Kind, after: str, limit: int) -> Sequence[Record]:
        if kind is Kind.EVENT:
            return self._events(after, limit)
        if kind is Kind.ANSWER:
            return self._answers(after, limit)
        collection, question = self._of(kind)
        documents = self._connection.read(
            lambda: collection.find(
                question | {"_id": {"$gt": after}}, sort=[("_id", ASCENDING)], limit=limit
            ).to_list()
        )
        return [Record(d["_id"], self._value(kind, d)) for d in documents]

    def put(self, kind: Kind, records: Sequence[Record]) -> None:
        by_home: dict[str, list[ReplaceOne[Document]]] = {}
        for record in records:
            home, document = self._document(record.value)
            replace = ReplaceOne({"_id": document["_id"]}, document, upsert=True)
            by_home.setdefault(home.name, []).append(replace)
        with self._connection.writing():
            for name, replaces in by_home.items():
                self._connection.database[name].bulk_write(replaces, ordered=False)

    # -- reading ---------------------------------------------------------------------------------

    def _of(self, kind: Kind) -> tuple[Collection[Document], Document]:
        c = self._connection
        there: Document = {"version": {"$exists": True}}
        homes: dict[Kind, tuple[Collection[Document], Document]] = {
            Kind.MERCHANT: (c.merchants, {}),
            Kind.CLIENT: (c.clients, {}),
            Kind.ACCOUNT: (c.accounts, {}),
            Kind.ENDPOINT: (c.endpoints, {"body": {"$exists": True}}),
            Kind.WALLET_LINK: (c.wallet_links, there),
            Kind.SEQUENCE: (c.sequences, {}),
            Kind.PAYMENT: (c.payments, there),
            Kind.DELIVERY: (c.deliveries, {}),
            Kind.NOTICE: (c.inbox, {}),
        }
        return homes[kind]

    def _value(self, kind: Kind, document: Document) -> Value:
        codec = self._codec
        openers: dict[Kind, Callable[[Document], Value]] = {
            Kind.MERCHANT: directory._merchant,
            Kind.CLIENT: directory._client,
            Kind.ACCOUNT: lambda d: opened("account", d["body"], codec.account_from_plain),
            Kind.ENDPOINT: lambda d: opened("endpoint", d["body"], codec.endpoint_from_plain),
            Kind.WALLET_LINK: lambda d: link_of(codec, d),
            Kind.SEQUENCE: lambda d: Counter(d["_id"], int(d["following"])),
            Kind.PAYMENT: lambda d: payment_of(codec, d),
            Kind.DELIVERY: delivery_of,
            Kind.NOTICE: self._store.inbox._received,
        }
        return openers[kind](document)

    def _events(self, after: str, limit: int) -> Sequence[Record]:
        """Those that wait in payments and those on their own, as one row of ids."""
        waiting = self._aggregated(self._connection.payments, "events", "id", after, limit)
        alone = self._connection.read(
            lambda: self._connection.events.find(
                {"_id": {"$gt": after}}, sort=[("_id", ASCENDING)], limit=limit
            ).to_list()
        )
        found: dict[str, ToldEvent] = {
            stored["id"]: ToldEvent(event_of(self._codec, stored), relayed=False)
            for stored in waiting
        }
        for document in alone:
            told = event_of(self._codec, document)
            found[document["_id"]] = ToldEvent(told, relayed="waiting" not in document)
        return [Record(id_, found[id_]) for id_ in sorted(found)[:limit]]

    def _answers(self, after: str, limit: int) -> Sequence[Record]:
        stored = [
            p for h in self._homes() for p in self._aggregated(h, "kept", "scope", after, limit)
        ]
        kept = [opened("kept answer", plain, self._store.keeper._kept) for plain in stored]
        kept.sort(key=lambda answer: answer.scope)
        return [Record(answer.scope, answer) for answer in kept[:limit]]

    def _homes(self) -> Sequence[Collection[Document]]:
        return [self._connection.database[name] for name in HOMES]

    def _aggregated(
        self, home: Collection[Document], field: str, key: str, after: str, limit: int
    ) -> list[Document]:
        """The next parts of all documents, by their key."""
        with self._connection.reading():
            return home.aggregate(
                [
                    {"$match": {f"{field}.0": {"$exists": True}}},
                    {"$unwind": f"${field}"},
                    {"$match": {f"{field}.{key}": {"$gt": after}}},
                    {"$sort": {f"{field}.{key}": 1}},
                    {"$limit": limit},
                    {"$replaceRoot": {"newRoot": f"${field}"}},
                ],
                allowDiskUse=True,
            ).to_list()

    def _sum(self, pipeline: list[Document], home: Collection[Document]) -> int:
        with self._connection.reading():
            found = home.aggregate(pipeline).to_list()
        return int(found[0]["count"]) if found else 0

    def _alone(self, collection: Collection[Document], question: Document) -> int:
        with self._connection.reading():
            return collection.count_documents(question)

    # -- writing ---------------------------------------------------------------------------------

    def _document(self, value: Value) -> tuple[Collection[Document], Document]:
        c = self._connection
        match value:
            case Payment():
                return c.payments, self._payment(value)
            case ToldEvent(event=event, relayed=relayed):
                number = self._store.told()
                stored = event_to_stored(self._codec, event, number)
                more: dict[str, Any] = {} if relayed else {"waiting": number}
                return c.events, event_document(stored, **more)
            case Delivery():
                return c.deliveries, delivery_document(value)
            case Kept():
                home = self._store.keeper.home(value.scope)
                kept = self._store.keeper.stored(value, home)
                return home, {"_id": f"kept {value.scope}", "kept": [kept]}
            case Counter(scope=scope, following=following):
                return c.sequences, {"_id": scope, "following": following}
            case rest:
                return self._rest(rest)

    def _rest(
        self,
        value: Merchant | ApiClient | ProviderAccount | Endpoint | WalletLink | Received,
    ) -> tuple[Collection[Document], Document]:
        c = self._connection
        match value:
            case Received():
                return c.inbox, received_document(self._codec, value)
            case Merchant():
                named = {"name": value.name, "created_at": instant(value.created_at)}
                return c.merchants, {"_id": value.id, **named}
            case ApiClient():
                return c.clients, {
                    "_id": value.id,
                    "merchant_id": value.merchant_id,
                    "livemode": value.livemode,
                    "name": value.name,
                    "key_sha256": value.key_sha256,
                    "created_at": instant(value.created_at),
                    "revoked_at": optional_instant(value.revoked_at),
                }
            case ProviderAccount():
                return c.accounts, accounts.document_of(self._codec, value)
            case WalletLink():
                return c.wallet_links, link_document(self._codec, value)
            case Endpoint():
                return c.endpoints, {
                    "_id": value.id,
                    "merchant_id": value.merchant_id,
                    "livemode": value.livemode,
                    "created_at": instant(value.created_at),
                    "version": value.version,
                    "body": self._codec.endpoint_to_plain(value),
                }

    def _payment(self, payment: Payment) -> Document:
        state = payment_state(self._codec, payment, payment_body(self._codec, payment))
        state |= {"charges": charges_of(payment) or None, "changed": self._store.told()}
        document = {"_id": payment.id, **payment_origin(payment)}
        return document | {name: value for name, value in state.items() if value is not None}


def _inside(field: str) -> list[Document]:
    """Counts the parts of all documents."""
    return [
        {"$match": {f"{field}.0": {"$exists": True}}},
        {"$group": {"_id": None, "count": {"$sum": {"$size": f"${field}"}}}},
    ]
