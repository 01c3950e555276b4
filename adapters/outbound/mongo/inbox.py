"""Notices in MongoDB."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import final

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.errors import DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import opened
from adapters.outbound.plain import instant, optional_instant, optional_time
from application.ports import (
    Backlog,
    Inbox,
    NotFound,
    Notice,
    NoticeQuery,
    Page,
    Received,
    Verdict,
)

FORGOTTEN_TOGETHER = 500
"""Notices dropped in one write."""
MOST_TURNS = 1_000
DOES_NOT_OPEN = "its record does not open"


@final
class MongoInbox(Inbox):
    """Each as it came, sealed; `due` is there only while it waits, `mark` once it is verified."""

    def __init__(self, connection: Connection, codec: Codec) -> None:
        self._connection = connection
        self._codec = codec

    def add(self, notice: Notice) -> None:
        document = received_document(self._codec, Received(notice, due_at=notice.received_at))
        with suppress(DuplicateKeyError), self._connection.writing():
            self._connection.inbox.insert_one(document)

    def backlog(self, most: int) -> Backlog:
        found = self._connection.read(
            lambda: self._connection.inbox.find(
                {"due": {"$gte": 0}}, {"_id": 0, "size": 1}, limit=most, hint=schema.INBOX_DUE
            ).to_list()
        )
        return Backlog(len(found), sum(document["size"] for document in found))

    def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Received]:
        due: Document = {"due": {"$lte": instant(at)}}
        inbox, holder = self._connection.inbox, ObjectId()
        ids = self._ids(due, limit) if limit > 0 else []
        if not ids:
            return []
        with self._connection.writing():
            inbox.update_many(
                {"_id": {"$in": ids}, **due},
                {
                    "$set": {"due": instant(until), "holder": holder},
                    "$inc": {"tries": 1, "version": 1},
                },
            )
        mine = {"_id": {"$in": ids}, "holder": holder}
        found = self._connection.read(lambda: inbox.find(mine, sort=[("_id", ASCENDING)]).to_list())
        claimed = self._readable(found)
        lost = {d["_id"] for d in found} - {each.notice.id for each in claimed}
        if lost:  # it would come again for ever, before all that came after it
            self._give_up(list(lost), at)
        return claimed

    def save_each(self, received: Sequence[Received]) -> Sequence[bool]:
        if not received:
            return []
        stamp = ObjectId()
        with self._connection.writing():
            self._connection.inbox.bulk_write(
                [_replacement(each, stamp) for each in received], ordered=False
            )
        ids = [each.notice.id for each in received]
        with self._connection.looking_back():
            written = self._connection.read(
                lambda: self._connection.inbox.find(
                    {"_id": {"$in": ids}, "holder": stamp}, {"_id": 1}
                ).to_list()
            )
        ours = {document["_id"] for document in written}
        return [notice_id in ours for notice_id in ids]

    def known(self, provider: str, marks: Sequence[str]) -> Mapping[str, str]:
        found = self._connection.read(
            lambda: self._connection.inbox.find(
                {"provider": provider, "mark": {"$in": list(marks)}},
                {"mark": 1},
                sort=[("_id", DESCENDING)],
                hint=schema.INBOX_MARKS,
            ).to_list()
        )
        return {document["mark"]: document["_id"] for document in found}

    def find(self, query: NoticeQuery) -> Page[Received]:
        found = self._connection.read(
            lambda: self._connection.inbox.find(
                _question(query), sort=[("_id", DESCENDING)], limit=query.limit + 1
            ).to_list()
        )
        shown = found[: query.limit]
        return Page(self._readable(shown), shown[-1]["_id"] if len(found) > query.limit else None)

    def get(self, notice_id: str) -> Received:
        with self._connection.reading():
            found = self._connection.inbox.find_one({"_id": notice_id})
        if found is None:
            raise NotFound
        return self._received(found)

    def forget(self, verdict: Verdict, before: datetime, most: int) -> int:
        settled: Document = {"verdict": verdict.value}
        until = instant(before) - 1
        newest = self._connection.read(
            lambda: self._connection.inbox.find(
                settled,
                {"received": 1},
                sort=[("received", DESCENDING)],
                skip=most,
                limit=1,
                hint=schema.INBOX_SETTLED,
            ).to_list()
        )
        if newest:
            until = max(until, newest[0]["received"])
        forgotten = 0
        for _ in range(MOST_TURNS):
            ids = self._ids(settled | {"received": {"$lte": until}}, FORGOTTEN_TOGETHER)
            if ids:
                with self._connection.writing():
                    gone = {"_id": {"$in": ids}, **settled}
                    forgotten += self._connection.inbox.delete_many(gone).deleted_count
            if len(ids) < FORGOTTEN_TOGETHER:
                break
        return forgotten

    # -- the parts -------------------------------------------------------------------------------

    def _ids(self, question: Document, limit: int) -> list[str]:
        """The first of them: by when they are due, or by when they came."""
        due = "due" in question
        index, order = (schema.INBOX_DUE, "due") if due else (schema.INBOX_SETTLED, "received")
        found = self._connection.read(
            lambda: self._connection.inbox.find(
                question, {"_id": 1}, sort=[(order, ASCENDING)], limit=limit, hint=index
            ).to_list()
        )
        return [document["_id"] for document in found]

    def _give_up(self, ids: list[str], at: datetime) -> None:
        told = {"verdict": Verdict.FAILED.value, "why": DOES_NOT_OPEN, "settled": instant(at)}
        with self._connection.writing():
            self._connection.inbox.update_many(
                {"_id": {"$in": ids}}, {"$set": told, "$unset": {"due": ""}, "$inc": {"version": 1}}
            )

    def _readable(self, documents: Sequence[Document]) -> list[Received]:
        """Those that open: one that does not must hold up no other."""
        found = []
        for document in documents:
            with suppress(Unreadable):
                found.append(self._received(document))
        return found

    def _received(self, document: Document) -> Received:
        verdict = document.get("verdict")
        return Received(
            notice=opened("notice", document["body"], self._codec.notices.from_plain),
            due_at=optional_time(document.get("due")),
            tries=document["tries"],
            verdict=None if verdict is None else Verdict(verdict),
            why=document.get("why"),
            payment_id=document.get("payment"),
            mark=document.get("mark"),
            settled_at=optional_time(document.get("settled")),
            version=document["version"],
        )


def received_document(codec: Codec, received: Received) -> Document:
    """The notice and what became of it, as they are stored."""
    notice = received.notice
    return {
        "_id": notice.id,
        "provider": notice.provider,
        "received": instant(notice.received_at),
        "size": len(notice.body),
        "tries": received.tries,
        "version": received.version,
        "body": codec.notices.to_plain(notice),
        **{name: value for name, value in _told(received).items() if value is not None},
    }


def _told(received: Received) -> Document:
    return {
        "due": optional_instant(received.due_at),
        "verdict": None if received.verdict is None else received.verdict.value,
        "why": received.why,
        "payment": received.payment_id,
        "mark": received.mark,
        "settled": optional_instant(received.settled_at),
    }


def _replacement(received: Received, stamp: ObjectId) -> UpdateOne:
    """What is None is taken out: the indexes hold only what somebody looks for."""
    told = _told(received)
    kept = {name: value for name, value in told.items() if value is not None}
    gone = {name: "" for name, value in told.items() if value is None}
    state = {"tries": received.tries, "version": received.version, "holder": stamp}
    update: Document = {"$set": kept | state}
    if gone:
        update["$unset"] = gone
    return UpdateOne({"_id": received.notice.id, "version": received.version - 1}, update)


def _question(query: NoticeQuery) -> Document:
    question: Document = {}
    if query.provider is not None:
        question["provider"] = query.provider
    if query.verdict is not None:
        question["verdict"] = query.verdict.value
    if query.waiting:
        question["due"] = {"$gte": 0}
    if query.cursor is not None:
        question["_id"] = {"$lt": query.cursor}
    return question
