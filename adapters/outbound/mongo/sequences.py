"""Counters in MongoDB."""

from contextlib import suppress
from typing import final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from adapters.outbound.mongo.connection import Connection
from application.ports import Sequences, StoreUnavailable

MOST_TRIES = 8
"""How often a counter is looked for that is added meanwhile."""


@final
class MongoSequences(Sequences):
    """Durable counters that never go back; what is taken without an answer is a gap."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, scope: str, count: int) -> int:
        if count < 1:
            raise ValueError("at least one number must be taken")
        for _ in range(MOST_TRIES):
            with self._connection.writing():
                after = self._connection.sequences.find_one_and_update(
                    {"_id": scope},
                    {"$inc": {"following": count}},
                    return_document=ReturnDocument.AFTER,
                )
            if after is not None:
                return int(after["following"]) - count
            with suppress(DuplicateKeyError), self._connection.writing():
                self._connection.sequences.insert_one({"_id": scope, "following": 0})
        raise StoreUnavailable(f"the counter {scope} cannot be added")

    def skip(self, multiple: int) -> int:
        if multiple < 1:
            raise ValueError("the multiple must be at least 1")
        over = {"$mod": ["$following", multiple]}
        following = {"$add": [{"$subtract": ["$following", over]}, multiple]}
        with self._connection.writing():
            done = self._connection.sequences.update_many({}, [{"$set": {"following": following}}])
        return done.matched_count
