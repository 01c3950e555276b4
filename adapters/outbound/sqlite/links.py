"""Wallet links in SQLite."""

import sqlite3
from collections.abc import Sequence
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.plain import instant
from adapters.outbound.sqlite.events import encode_subject, event_row, tell
from adapters.outbound.sqlite.idempotency import Keeper
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.writer import Writer
from application.ports import (
    MOST_LINKS_LISTED,
    Kept,
    LinkTaken,
    NotFound,
    StalePayment,
    WalletLinks,
)
from domain.wallet_link import LinkChange, WalletLink

COLUMNS = "id, merchant_id, livemode, provider, customer_id, active, created_at, version, body"
_ADD = f"""
INSERT INTO wallet_links ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""  # noqa: S608  only our own words are joined: every value is bound
_REPLACE = """
UPDATE wallet_links SET active = ?, version = ?, body = ? WHERE id = ? AND version = ?
"""
_GET = "SELECT body FROM wallet_links WHERE id = ?"
_RIVAL = """
SELECT id FROM wallet_links
WHERE merchant_id = ? AND livemode = ? AND provider = ? AND customer_id = ? AND active = 1
AND id <> ?
"""
_OF_CUSTOMER = """
SELECT body FROM wallet_links WHERE merchant_id = ? AND livemode = ? AND customer_id = ?
ORDER BY id DESC LIMIT ?
"""


def link_values(codec: Codec, link: WalletLink) -> tuple[object, ...]:
    """The row of a link, in the order of COLUMNS."""
    return (
        *(link.id, *_owner(link), link.active),
        *(instant(link.created_at), link.version, codec.links.encode(link)),
    )


def _owner(link: WalletLink) -> tuple[str, bool, str, str]:
    return link.merchant_id, link.livemode, link.provider, link.customer_id


@final
class SqliteLinks(WalletLinks):
    """Customers' linked wallets, their numbers and secrets sealed."""

    def __init__(self, writer: Writer, readers: Readers, codec: Codec, keeper: Keeper) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec
        self._keeper = keeper

    def save(self, change: LinkChange, keep: Kept | None = None) -> None:
        link, event = change.link, change.event
        keep_answer = self._keeper.prepare(keep)
        values = link_values(self._codec, link)
        told = None if event is None else event_row(event, encode_subject(self._codec, event))

        def write(connection: sqlite3.Connection) -> None:
            keep_answer(connection)
            if link.active:
                rival = connection.execute(_RIVAL, (*_owner(link), link.id)).fetchone()
                if rival is not None:
                    raise LinkTaken(rival[0])
            if link.version == 1:
                written = connection.execute(_ADD, values).rowcount
            else:
                state = (link.active, link.version, values[-1], link.id, link.version - 1)
                written = connection.execute(_REPLACE, state).rowcount
            if not written:
                raise StalePayment
            if told is not None:
                tell(connection, told)

        self._writer.write(write)

    def get(self, link_id: str) -> WalletLink:
        row = self._readers.row(_GET, (link_id,))
        if row is None:
            raise NotFound
        return self._codec.links.decode(row[0])

    def of_customer(
        self, merchant_id: str, customer_id: str, *, livemode: bool
    ) -> Sequence[WalletLink]:
        owner = (merchant_id, livemode, customer_id, MOST_LINKS_LISTED)
        return [
            self._codec.links.decode(body) for (body,) in self._readers.rows(_OF_CUSTOMER, owner)
        ]
