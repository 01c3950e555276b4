"""Merchants and API clients in MongoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import final

from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.remembered import Remembered
from adapters.outbound.plain import from_instant, instant, optional_instant, optional_time
from application.ports import Directory, NotFound
from domain.errors import InvalidValue
from domain.merchant import ApiClient, Merchant

_OLDEST_FIRST = [("created_at", ASCENDING), ("_id", ASCENDING)]


@final
class MongoDirectory(Directory):
    """Who may ask, and for whom."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._by_key = Remembered(self._read_by_key)

    def add_merchant(self, merchant: Merchant) -> None:
        document = {
            "_id": merchant.id,
            "name": merchant.name,
            "created_at": instant(merchant.created_at),
        }
        self._add(self._connection.merchants, document, InvalidValue("merchant", "exists already"))

    def merchants(self) -> Sequence[Merchant]:
        found = self._connection.read(
            lambda: self._connection.merchants.find({}, sort=_OLDEST_FIRST).to_list()
        )
        return [_merchant(document) for document in found]

    def add_client(self, client: ApiClient) -> None:
        document = {
            "_id": client.id,
            "merchant_id": client.merchant_id,
            "livemode": client.livemode,
            "name": client.name,
            "key_sha256": client.key_sha256,
            "created_at": instant(client.created_at),
            "revoked_at": optional_instant(client.revoked_at),
        }
        taken = InvalidValue("client", "exists already, or has the key of another")
        self._add(self._connection.clients, document, taken)

    def clients(self, merchant_id: str | None = None) -> Sequence[ApiClient]:
        question = {} if merchant_id is None else {"merchant_id": merchant_id}
        found = self._connection.read(
            lambda: self._connection.clients.find(question, sort=_OLDEST_FIRST).to_list()
        )
        return [_client(document) for document in found]

    def client_by_key(self, key_sha256: str) -> ApiClient:
        return self._by_key(key_sha256)

    def revoke_client(self, client_id: str, at: datetime) -> None:
        clients = self._connection.clients
        try:
            with self._connection.writing():
                done = clients.update_one(
                    {"_id": client_id, "revoked_at": None}, {"$set": {"revoked_at": instant(at)}}
                )
        finally:
            self._by_key.forget()
        with self._connection.reading():
            if not done.matched_count and clients.find_one({"_id": client_id}) is None:
                raise NotFound

    def _read_by_key(self, key_sha256: str) -> ApiClient:
        with self._connection.reading():
            found = self._connection.clients.find_one({"key_sha256": key_sha256}, hint=schema.KEYS)
        if found is None:
            raise NotFound
        return _client(found)

    def _add(
        self, collection: Collection[Document], document: Document, taken: InvalidValue
    ) -> None:
        try:
            with self._connection.writing():
                collection.insert_one(document)
        except DuplicateKeyError:
            raise taken from None


def _merchant(document: Document) -> Merchant:
    return Merchant(document["_id"], document["name"], from_instant(document["created_at"]))


def _client(document: Document) -> ApiClient:
    return ApiClient(
        id=document["_id"],
        merchant_id=document["merchant_id"],
        livemode=document["livemode"],
        name=document["name"],
        key_sha256=document["key_sha256"],
        created_at=from_instant(document["created_at"]),
        revoked_at=optional_time(document["revoked_at"]),
    )
