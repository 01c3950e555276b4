"""The payments in the order of their last change, in MongoDB."""

import threading
from typing import final

from pymongo import ASCENDING, DESCENDING

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import payment_of
from application.ports import Changes, PaymentFeed, Waiting
from domain.payment import Payment

BACK = 10_000_000
"""Microseconds that a write may be seen later than it was numbered: its patience, twice."""
_SEEN: Document = {"_id": 1, "changed": 1}


@final
class MongoFeed(PaymentFeed):
    """Each change is numbered by the server's clock; a cursor is the highest number read.

    A write is numbered before it is seen, so what lies up to BACK before the cursor is looked at
    again: in the index alone, and what this reader was given of it is left out.
    """

    def __init__(self, connection: Connection, codec: Codec) -> None:
        self._connection = connection
        self._payments = connection.payments
        self._codec = codec
        self._door = threading.Lock()
        self._given: dict[str, int] = {}
        self._gave = 0

    def changes(self, after: str, limit: int) -> Changes:
        with self._door:
            position = self._position(after)
            if position != self._gave:  # another reader's place: nothing is left out
                self._given.clear()
            found = self._unseen(position, limit)
            payments, unreadable = self._opened([id_ for id_, _ in found])
            self._gave = max([position, *(changed for _, changed in found)])
            self._given |= dict(found)
            self._given = {i: at for i, at in self._given.items() if at > self._gave - BACK}
            return Changes(payments, str(self._gave), unreadable)

    def waiting(self, after: str, most: int) -> Waiting:
        found = self._index(self._position(after), most)
        if not found:
            return Waiting(0, None)
        first, _ = self._opened([found[0]["_id"]])
        return Waiting(len(found), first[0].updated_at if first else None)

    def _unseen(self, position: int, limit: int) -> list[tuple[str, int]]:
        """What was not given yet, the first change first."""
        looked = self._index(max(0, position - BACK), limit + len(self._given))
        known = self._given
        fresh = [(d["_id"], d["changed"]) for d in looked if known.get(d["_id"]) != d["changed"]]
        return fresh[:limit]

    def _index(self, above: int, most: int) -> list[Document]:
        return self._connection.read(
            lambda: self._payments.find(
                {"changed": {"$gt": above}},
                _SEEN,
                sort=[("changed", ASCENDING), ("_id", ASCENDING)],
                limit=most,
                hint=schema.CHANGED,
            ).to_list()
        )

    def _opened(self, ids: list[str]) -> tuple[list[Payment], int]:
        """Them in that order, and how many do not open."""
        documents = self._connection.read(
            lambda: self._payments.find({"_id": {"$in": ids}}, {"body": 1}).to_list()
        )
        known = {document["_id"]: document for document in documents}
        payments, unreadable = [], 0
        for id_ in ids:
            try:
                payments.append(payment_of(self._codec, known[id_]))
            except Unreadable:
                unreadable += 1
        return payments, unreadable

    def _position(self, cursor: str) -> int:
        """0 for a cursor that is not the store's, or lies ahead of it."""
        if not cursor.isdecimal():
            return 0
        newest = self._connection.read(
            lambda: self._payments.find(
                {"changed": {"$gte": 0}},
                {"changed": 1},
                sort=[("changed", DESCENDING)],
                limit=1,
                hint=schema.CHANGED,
            ).to_list()
        )
        position = int(cursor)
        return position if newest and position <= newest[0]["changed"] else 0
