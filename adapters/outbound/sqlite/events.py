"""Events in SQLite."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Mapping, Sequence
from typing import final

import orjson

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.plain import from_instant, instant
from adapters.outbound.sqlite.readers import Readers, Row
from adapters.outbound.sqlite.recent import Recent
from adapters.outbound.sqlite.rows import Rows
from adapters.outbound.sqlite.writer import Writer
from application.ports import EventLog, EventQuery, NotFound, Page
from domain.events import Event, EventHead, EventType
from domain.payment import Payment
from domain.wallet_link import WalletLink
from domain.webhook import Endpoint

_COLUMNS = "id, type, merchant_id, livemode, at, payment_id, sequence, refund_id, body"
_TELL = f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TELL_ONCE = f"{_TELL} ON CONFLICT (id) DO NOTHING"
TOLD = Rows("events", _COLUMNS)
_GET = f"SELECT {_COLUMNS} FROM events WHERE id = ?"
_GET_EACH = f"SELECT {_COLUMNS} FROM events WHERE id IN (SELECT value FROM json_each(?))"
_UNRELAYED = """
SELECT id, type, merchant_id, livemode FROM events WHERE relayed = 0 ORDER BY number LIMIT ?
"""

_TYPES = {type_.value: type_ for type_ in EventType}
_OF_LINKS = frozenset(type_.value for type_ in EventType if type_.startswith("wallet_link."))

EventRow = tuple[str, str, str, int, int, str | None, int | None, str | None, bytearray]


def event_row(event: Event, body: bytes) -> EventRow:
    """What tell() writes; `body` is the encoded subject."""
    return (
        event.id,
        event.type.value,
        event.merchant_id,
        int(event.livemode),
        instant(event.at),
        event.subject.id if isinstance(event.subject, Payment) else None,
        event.sequence,
        event.refund_id,
        bytearray(body),
    )


def encode_subject(codec: Codec, event: Event) -> bytes:
    """The subject as the event keeps it."""
    match event.subject:
        case Payment() as payment:
            return codec.encode_payment(payment)
        case WalletLink() as link:
            return codec.links.encode(link)
        case endpoint:
            return codec.encode_endpoint(endpoint)


def tell(connection: sqlite3.Connection, row: EventRow) -> None:
    """Write the event inside the write of its change."""
    connection.execute(_TELL, row)


@final
class SqliteEvents(EventLog):
    """The events told, oldest first."""

    def __init__(
        self, writer: Writer, readers: Readers, codec: Codec, recent: Recent[Event]
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec
        self._recent = recent

    def add(self, event: Event) -> None:
        row = event_row(event, encode_subject(self._codec, event))
        self._writer.write(lambda connection: connection.execute(_TELL_ONCE, row))

    def get(self, event_id: str) -> Event:
        row = self._readers.row(_GET, (event_id,))
        if row is None:
            raise NotFound
        return self._event(row)

    def find(self, query: EventQuery) -> Page[Event]:
        conditions = ["merchant_id = ?", "livemode = ?"]
        values: list[object] = [query.merchant_id, query.livemode]
        for condition, value in (
            ("payment_id = ?", query.payment_id),
            ("type = ?", query.type),
            ("at >= ?", None if query.since is None else instant(query.since)),
            ("id < ?", query.cursor),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        # A payment has few events: SQLite would rather take the index that is in order.
        index = "events_by_id" if query.payment_id is None else "events_of_payment"
        rows = self._readers.rows(
            f"SELECT {_COLUMNS} FROM events INDEXED BY {index}"
            f" WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?",
            (*values, query.limit + 1),
        )
        items = [self._event(row) for row in rows[: query.limit]]
        return Page(items, items[-1].id if len(rows) > query.limit else None)

    def get_each(self, event_ids: Sequence[str]) -> Mapping[str, Event]:
        found = self._recent.take(event_ids)
        missing = [id_ for id_ in event_ids if id_ not in found]
        refused: Unreadable | None = None
        asked = orjson.dumps(missing).decode()
        for row in self._readers.rows(_GET_EACH, (asked,)) if missing else ():
            try:
                found[row[0]] = self._event(row)
            except Unreadable as unreadable:
                refused = unreadable
        if refused and not found:
            raise refused
        return found

    def unrelayed(self, limit: int) -> Sequence[EventHead]:
        return [
            EventHead(id_, _TYPES[type_], merchant_id, bool(livemode))
            for id_, type_, merchant_id, livemode in self._readers.rows(_UNRELAYED, (limit,))
        ]

    # -- rows ------------------------------------------------------------------------------------

    def _event(self, row: Row) -> Event:
        id_, type_, merchant_id, livemode, at, payment_id, sequence, refund_id, body = row
        return Event(
            id=id_,
            type=_TYPES[type_],
            merchant_id=merchant_id,
            livemode=bool(livemode),
            at=from_instant(at),
            sequence=sequence,
            refund_id=refund_id,
            subject=self._subject(type_, payment_id, body),
        )

    def _subject(
        self, type_: str, payment_id: str | None, body: bytes
    ) -> Payment | Endpoint | WalletLink:
        if payment_id is not None:
            return self._codec.decode_payment(body)
        if type_ in _OF_LINKS:
            return self._codec.links.decode(body)
        return self._codec.decode_endpoint(body)
