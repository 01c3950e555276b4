"""Kept answers in MongoDB: each in the document of its effect, so that both are one write.

A scope names the path that was asked, and a path's effect is always in one collection, its home;
there, one unique index over all documents keeps a scope to one answer. An answer whose request
changed nothing, or changed several documents, is a document of its own in the same collection.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import final

from bson import ObjectId
from pymongo import DeleteMany, UpdateMany
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import opened
from adapters.outbound.plain import Plain, instant
from application.ports import AlreadyKept, IdempotencyStore, Kept, StoreUnavailable

FORGOTTEN_TOGETHER = 500
"""Documents that answers are dropped from in one write."""
MOST_TURNS = 1_000
_HOMES = {"/v1/webhook_endpoints": "endpoints", "/v1/wallet_links": "wallet_links"}
"""Where the paths begin whose effects are not payments, and in which collection they are."""
HOMES = ("payments", *_HOMES.values())
_ALONE = {"version": {"$exists": False}}
"""A document that holds answers alone, or is an endpoint no more."""
_PATH = 2
"""Its place in a scope: API client, method, path, key."""
MOST_TRIES = 3
"""How often a write is made again whose scope an expired answer held."""


def home_of(scope: str) -> str:
    """The collection whose documents hold the answers of such scopes."""
    words = scope.split(" ", 3)
    path = words[_PATH] if len(words) > _PATH else ""
    return next((home for start, home in _HOMES.items() if path.startswith(start)), HOMES[0])


@final
class Keeper:
    """Puts kept answers into the documents of their effects, and finds them there."""

    def __init__(self, connection: Connection, codec: Codec, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._codec = codec
        self.now = now

    def home(self, scope: str) -> Collection[Document]:
        """The collection whose documents hold the answers of such scopes."""
        return self._connection.database[home_of(scope)]

    def stored(self, kept: Kept, home: Collection[Document]) -> Plain:
        """The answer as a document there holds it; raises ValueError if that is not its home."""
        if home.name != self.home(kept.scope).name:
            raise ValueError(f"the answer to {kept.scope} is not kept among the {home.name}")
        plain = self._codec.kept_to_plain(kept)
        return plain | {"headers": [[name, value] for name, value in plain["headers"].items()]}

    def find(self, scope: str) -> Kept | None:
        """The answer, unless it has expired."""
        with self._connection.reading():
            found = self.home(scope).find_one({"kept.scope": scope}, {"kept": 1}, hint=schema.KEPT)
        for plain in () if found is None else found["kept"]:
            if plain.get("scope") == scope and plain["expires"] > instant(self.now()):
                return opened("kept answer", plain, self._kept)
        return None

    def let_go(self, scope: str) -> None:
        """Drop the answer of this scope if it has expired: it must not stand in a fresh one's way.

        One that has none but it is dropped as a whole.
        """
        expired = {"scope": scope, "expires": {"$lte": instant(self.now())}}
        home = self.home(scope)
        with self._connection.writing():
            home.delete_one({"_id": _name(scope), "kept": {"$elemMatch": expired}})
            home.update_one({"kept.scope": scope}, {"$pull": {"kept": expired}}, hint=schema.KEPT)

    def keep(self, kept: Kept, owed: Sequence[Document] = ()) -> Callable[[], None]:
        """Keep the answer in a document of its own, with deliveries that are owed for it.

        Raises AlreadyKept. Returns what is to be called once they have been written.
        """
        home, stamp = self.home(kept.scope), ObjectId()
        document: Document = {
            "_id": _name(kept.scope),
            "kept": [self.stored(kept, home)],
            "write": stamp,
        }
        if owed:
            document |= {"owed": list(owed), "owed_since": instant(self.now())}
        for _ in range(MOST_TRIES):
            try:
                with self._connection.writing():
                    home.insert_one(document)
                return partial(self._settle, home, document["_id"])
            except DuplicateKeyError:
                if self._is_ours(home, document["_id"], stamp):
                    return partial(self._settle, home, document["_id"])
            self.judge(kept.scope)
        raise StoreUnavailable("the key could not be kept: others let go of it and take it again")

    def judge(self, scope: str) -> None:
        """Raise AlreadyKept if the scope holds an answer; an expired one is let go."""
        known = self.find(scope)
        if known is not None:
            raise AlreadyKept(known)
        self.let_go(scope)

    def _is_ours(self, home: Collection[Document], id: str, stamp: ObjectId) -> bool:
        with self._connection.looking_back(), self._connection.reading():
            return home.find_one({"_id": id, "write": stamp}, {"_id": 1}) is not None

    def _settle(self, home: Collection[Document], id: str) -> None:
        with self._connection.writing():
            home.update_one({"_id": id}, {"$unset": {"owed": "", "owed_since": ""}})

    def _kept(self, plain: Plain) -> Kept:
        headers = dict(plain["headers"])
        return self._codec.kept_from_plain(plain | {"headers": headers})


@final
class MongoIdempotency(IdempotencyStore):
    """The answers kept; the stores of the effects write them."""

    def __init__(self, connection: Connection, keeper: Keeper) -> None:
        self._connection = connection
        self._keeper = keeper

    def find(self, scope: str) -> Kept | None:
        return self._keeper.find(scope)

    def keep(self, kept: Kept) -> None:
        self._keeper.keep(kept)

    def forget(self, before: datetime) -> int:
        homes = (self._connection.database[name] for name in HOMES)
        return sum(self._forget(home, instant(before)) for home in homes)

    def _forget(self, home: Collection[Document], before: int) -> int:
        """A payment's document stays, and what expired is pulled from it: a TTL index takes whole
        documents only.
        """
        old = {"expires": {"$lt": before}}
        forgotten = 0
        for _ in range(MOST_TURNS):
            with self._connection.reading():
                found = home.find(
                    {"kept.expires": {"$lt": before}},
                    {"kept.expires": 1},
                    hint=schema.KEPT_UNTIL,
                    limit=FORGOTTEN_TOGETHER,
                ).to_list()
            if not found:
                break
            ids = [document["_id"] for document in found]
            with self._connection.writing():
                home.bulk_write(
                    [
                        UpdateMany({"_id": {"$in": ids}}, {"$pull": {"kept": old}}),
                        DeleteMany({"_id": {"$in": ids}, "kept": [], **_ALONE}),
                    ]
                )
            forgotten += sum(k["expires"] < before for document in found for k in document["kept"])
        return forgotten


def _name(scope: str) -> str:
    """The id of a document that holds this answer alone."""
    return f"kept {scope}"
