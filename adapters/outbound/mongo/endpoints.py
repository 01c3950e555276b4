"""Webhook endpoints in MongoDB."""

from collections.abc import Sequence
from typing import final

from bson import ObjectId
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.deliveries import drop_pending
from adapters.outbound.mongo.documents import opened
from adapters.outbound.mongo.idempotency import MOST_TRIES, Keeper
from adapters.outbound.plain import instant
from application.ports import EndpointRepository, Kept, NotFound, StalePayment
from domain.webhook import Endpoint

_OWNER = ("merchant_id", "livemode", "created_at")


@final
class MongoEndpoints(EndpointRepository):
    """Webhook endpoints, their secrets sealed.

    A deleted one leaves its document with the answers kept in it, until they are forgotten.
    """

    def __init__(self, connection: Connection, codec: Codec, keeper: Keeper) -> None:
        self._connection = connection
        self._endpoints = connection.endpoints
        self._codec = codec
        self._keeper = keeper

    def save(self, endpoint: Endpoint, keep: Kept | None = None) -> None:
        stamp = ObjectId()
        state = {
            "version": endpoint.version,
            "body": self._codec.endpoint_to_plain(endpoint),
            "write": stamp,
        }
        stored = None if keep is None else self._keeper.stored(keep, self._endpoints)
        for _ in range(MOST_TRIES):
            if self._write(endpoint, state, stored):
                return
            with self._connection.looking_back(), self._connection.reading():
                known = self._endpoints.find_one({"_id": endpoint.id}, {"write": 1, "version": 1})
            if known is not None and known.get("write") == stamp:
                return
            if keep is not None:
                self._keeper.judge(keep.scope)
            if (known or {}).get("version", 0) != endpoint.version - 1:
                break
        raise StalePayment

    def get(self, endpoint_id: str) -> Endpoint:
        with self._connection.reading():
            found = self._endpoints.find_one({"_id": endpoint_id}, {"body": 1})
        if found is None or "body" not in found:
            raise NotFound
        return self._opened(found)

    def delete(self, endpoint_id: str) -> None:
        now = self._keeper.now()
        gone = dict.fromkeys((*_OWNER, "body", "version"), "")
        with self._connection.writing():
            done = self._endpoints.update_one(
                {"_id": endpoint_id, "body": {"$exists": True}},
                {"$unset": gone, "$set": {"deleted_at": instant(now)}},
            )
        if not done.modified_count:
            raise NotFound
        # Deliveries that a crash leaves here, the dispatcher drops: it finds no endpoint for them.
        drop_pending(self._connection, endpoint_id, "endpoint deleted", now)

    def of_merchant(self, merchant_id: str, *, livemode: bool) -> Sequence[Endpoint]:
        question = {"merchant_id": merchant_id, "livemode": livemode, "body": {"$exists": True}}
        found = self._connection.read(
            lambda: self._endpoints.find(
                question,
                {"body": 1},
                sort=[("created_at", ASCENDING), ("_id", ASCENDING)],
                hint=schema.OF_MERCHANT,
            ).to_list()
        )
        return [self._opened(document) for document in found]

    def _write(self, endpoint: Endpoint, state: Document, stored: Document | None) -> bool:
        origin = {
            "merchant_id": endpoint.merchant_id,
            "livemode": endpoint.livemode,
            "created_at": instant(endpoint.created_at),
        }
        try:
            with self._connection.writing():
                if endpoint.version == 1:
                    fresh = {"_id": endpoint.id, **origin, **state}
                    kept = {} if stored is None else {"kept": [stored]}
                    self._endpoints.insert_one(fresh | kept)
                    return True
                condition: Document = {"_id": endpoint.id, "version": endpoint.version - 1}
                update: Document = {"$set": state}
                if stored is not None:
                    condition["kept.scope"] = {"$ne": stored["scope"]}
                    update["$push"] = {"kept": stored}
                return self._endpoints.update_one(condition, update).modified_count == 1
        except DuplicateKeyError:
            return False

    def _opened(self, document: Document) -> Endpoint:
        body = document["body"]
        if not isinstance(body, dict):
            raise Unreadable("an endpoint was altered: it has no body")
        return opened("endpoint", body, self._codec.endpoint_from_plain)
