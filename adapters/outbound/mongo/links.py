"""Wallet links in MongoDB.

What is to be told of a link stands in its own document first, in the same write as its change, and
is then written among the events: whoever dies in between leaves a link that owes an event, and the
next relay writes it.
"""

from collections.abc import Sequence
from typing import final

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import (
    Told,
    event_document,
    event_to_stored,
    opened,
)
from adapters.outbound.mongo.idempotency import MOST_TRIES, Keeper
from adapters.outbound.plain import instant
from application.ports import (
    MOST_LINKS_LISTED,
    Kept,
    LinkTaken,
    NotFound,
    StalePayment,
    WalletLinks,
)
from domain.wallet_link import LinkChange, WalletLink

MOST_OWED = 100
"""Links that owe an event and are looked up at once."""


def link_document(codec: Codec, link: WalletLink) -> Document:
    """The link as it is stored; `active_of` is there only while it is active."""
    document: Document = {
        "_id": link.id,
        "merchant_id": link.merchant_id,
        "livemode": link.livemode,
        "customer_id": link.customer_id,
        "created_at": instant(link.created_at),
        "version": link.version,
        "body": codec.links.to_plain(link),
    }
    return document | ({"active_of": _holder(link)} if link.active else {})


def link_of(codec: Codec, document: Document) -> WalletLink:
    """The link of a document; raises Unreadable."""
    body = document.get("body")
    if not isinstance(body, dict):
        raise Unreadable("a wallet link was altered: it has no body")
    return opened("wallet link", body, codec.links.from_plain)


def tell_what_is_owed(connection: Connection) -> None:
    """Write the events of links whose writer died before it could."""
    question = {"owes_event_since": {"$gte": 0}}
    found = connection.read(
        lambda: connection.wallet_links.find(
            question, {"owes_event": 1}, hint=schema.LINKS_OWING, limit=MOST_OWED
        ).to_list()
    )
    for document in found:
        _tell(connection, document["_id"], document["owes_event"])


@final
class MongoLinks(WalletLinks):
    """Customers' linked wallets, their numbers and secrets sealed."""

    def __init__(self, connection: Connection, codec: Codec, keeper: Keeper, told: Told) -> None:
        self._connection = connection
        self._links = connection.wallet_links
        self._codec = codec
        self._keeper = keeper
        self._told = told

    def save(self, change: LinkChange, keep: Kept | None = None) -> None:
        link = change.link
        document = link_document(self._codec, link) | {"write": ObjectId()}
        if change.event is not None:
            number = self._told()
            stored = event_to_stored(self._codec, change.event, number)
            document["owes_event"] = event_document(stored, waiting=number)
            document["owes_event_since"] = number
        answer = None if keep is None else self._keeper.stored(keep, self._links)
        for _ in range(MOST_TRIES):
            if self._write(document, answer) or self._is_written(document):
                if change.event is not None:
                    _tell(self._connection, link.id, document["owes_event"])
                return
            if keep is not None:
                self._keeper.judge(keep.scope)
            self._judge_rival(link)
            if self._version(link.id) != link.version - 1:
                break
        raise StalePayment

    def get(self, link_id: str) -> WalletLink:
        with self._connection.reading():
            found = self._links.find_one({"_id": link_id}, {"body": 1})
        if found is None:
            raise NotFound
        return link_of(self._codec, found)

    def of_customer(
        self, merchant_id: str, customer_id: str, *, livemode: bool
    ) -> Sequence[WalletLink]:
        owner: Document = {
            "merchant_id": merchant_id,
            "livemode": livemode,
            "customer_id": customer_id,
            "body": {"$exists": True},
        }
        found = self._connection.read(
            lambda: self._links.find(
                owner,
                {"body": 1},
                sort=[("_id", DESCENDING)],
                limit=MOST_LINKS_LISTED,
                hint=schema.LINKS_OF_CUSTOMER,
            ).to_list()
        )
        return [link_of(self._codec, document) for document in found]

    # -- one write -------------------------------------------------------------------------------

    def _write(self, document: Document, answer: Document | None) -> bool:
        try:
            with self._connection.writing():
                if document["version"] == 1:
                    kept = {} if answer is None else {"kept": [answer]}
                    self._links.insert_one(document | kept)
                    return True
                return self._replace(document, answer)
        except DuplicateKeyError:
            return False

    def _replace(self, document: Document, answer: Document | None) -> bool:
        condition: Document = {"_id": document["_id"], "version": document["version"] - 1}
        update: Document = {"$set": {n: v for n, v in document.items() if n != "_id"}}
        if "active_of" not in document:
            update["$unset"] = {"active_of": ""}
        if answer is not None:
            condition["kept.scope"] = {"$ne": answer["scope"]}
            update["$push"] = {"kept": answer}
        return self._links.update_one(condition, update).modified_count == 1

    def _is_written(self, document: Document) -> bool:
        with self._connection.looking_back(), self._connection.reading():
            mine = {"_id": document["_id"], "write": document["write"]}
            return self._links.find_one(mine, {"_id": 1}) is not None

    def _version(self, link_id: str) -> int:
        with self._connection.reading():
            known = self._links.find_one({"_id": link_id}, {"version": 1})
        return 0 if known is None else int(known["version"])

    def _judge_rival(self, link: WalletLink) -> None:
        if not link.active:
            return
        with self._connection.reading():
            rival = self._links.find_one(
                {"active_of": _holder(link)}, {"_id": 1}, hint=schema.ACTIVE_LINK
            )
        if rival is not None and rival["_id"] != link.id:
            raise LinkTaken(rival["_id"])


def _tell(connection: Connection, link_id: str, event: Document) -> None:
    with connection.writing():
        connection.events.update_one({"_id": event["_id"]}, {"$setOnInsert": event}, upsert=True)
        connection.wallet_links.update_one(
            {"_id": link_id, "owes_event._id": event["_id"]},
            {"$unset": {"owes_event": "", "owes_event_since": ""}},
        )


def _holder(link: WalletLink) -> str:
    mode = "live" if link.livemode else "test"
    return f"{link.merchant_id} {mode} {link.provider} {link.customer_id}"
