"""The SQLite store as plain records, for a house that moves."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Callable, Sequence
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.plain import from_instant, instant, optional_instant
from adapters.outbound.sqlite import deliveries, directory, events, inbox, links, payments
from adapters.outbound.sqlite.readers import Row
from adapters.outbound.sqlite.store import SqliteStore
from application.move_house import Archive, Counter, Kind, Record, ToldEvent, Value
from application.ports import Kept, Notice, Received
from domain.merchant import ApiClient, Merchant, ProviderAccount
from domain.payment import Payment
from domain.wallet_link import WalletLink
from domain.webhook import Delivery, Endpoint

_ACCOUNT = "merchant_id || ' ' || provider || CASE livemode WHEN 1 THEN ' live' ELSE ' test' END"
_TABLES: dict[Kind, tuple[str, str, str]] = {
    Kind.MERCHANT: ("merchants", "id", "id, name, created_at"),
    Kind.CLIENT: ("clients", "id", directory._COLUMNS),
    Kind.ACCOUNT: ("accounts", _ACCOUNT, f"{_ACCOUNT}, body"),
    Kind.ENDPOINT: ("endpoints", "id", "id, body"),
    Kind.WALLET_LINK: ("wallet_links", "id", "id, body"),
    Kind.SEQUENCE: ("sequences", "scope", "scope, following"),
    Kind.PAYMENT: ("payments", "id", "id, body"),
    Kind.EVENT: ("events", "id", f"{events._COLUMNS}, relayed"),
    Kind.DELIVERY: ("deliveries", "id", deliveries._COLUMNS),
    Kind.ANSWER: ("kept", "scope", "scope, body"),
    Kind.NOTICE: ("inbox", "id", f"id, {inbox._COLUMNS}"),
}
"""Table, what it is sorted by, and what is read."""
Work = Callable[[sqlite3.Connection], object]


@final
class SqliteArchive(Archive):
    """Reads and writes records whole, past every rule of the stores."""

    def __init__(self, store: SqliteStore, codec: Codec) -> None:
        self._store = store
        self._codec = codec

    def count(self, kind: Kind) -> int:
        table, _, _ = _TABLES[kind]
        ((count,),) = self._store.readers.rows(f"SELECT count(*) FROM {table}")
        return int(count)

    def page(self, kind: Kind, after: str, limit: int) -> Sequence[Record]:
        table, id_, columns = _TABLES[kind]
        rows = self._store.readers.rows(
            f"SELECT {columns} FROM {table} WHERE {id_} > ? ORDER BY {id_} LIMIT ?", (after, limit)
        )
        return [self._record(kind, row) for row in rows]

    def put(self, kind: Kind, records: Sequence[Record]) -> None:
        works = [self._work(record) for record in records]

        def write(connection: sqlite3.Connection) -> None:
            for work in works:
                work(connection)

        self._store.writer.write(write)

    def _record(self, kind: Kind, row: Row) -> Record:
        codec = self._codec
        openers: dict[Kind, Callable[[], Value]] = {
            Kind.MERCHANT: lambda: Merchant(row[0], row[1], from_instant(row[2])),
            Kind.CLIENT: lambda: directory._client(row),
            Kind.ACCOUNT: lambda: codec.decode_account(row[1]),
            Kind.ENDPOINT: lambda: codec.decode_endpoint(row[1]),
            Kind.WALLET_LINK: lambda: codec.links.decode(row[1]),
            Kind.SEQUENCE: lambda: Counter(row[0], int(row[1])),
            Kind.PAYMENT: lambda: codec.decode_payment(row[1]),
            Kind.EVENT: lambda: ToldEvent(self._store.events._event(row[:-1]), bool(row[-1])),
            Kind.DELIVERY: lambda: deliveries._delivery(row),
            Kind.ANSWER: lambda: codec.decode_kept(row[1]),
            Kind.NOTICE: lambda: self._store.inbox._received(row),
        }
        value = openers[kind]()
        return Record(value.id if isinstance(value, Delivery) else row[0], value)

    def _work(self, record: Record) -> Work:
        """What writes the record; it is encoded now, in the caller's thread."""
        match record.value:
            case Payment() as payment:
                return self._payment(payment)
            case ToldEvent(event=event, relayed=relayed):
                body = events.encode_subject(self._codec, event)
                values = (*events.event_row(event, body), relayed)
                return _replace("events", f"{events._COLUMNS}, relayed", values)
            case Delivery() as delivery:
                return _replace(
                    "deliveries", deliveries._COLUMNS, deliveries.delivery_row(delivery)
                )
            case Kept() as kept:
                answer = (kept.scope, instant(kept.expires_at), self._codec.encode_kept(kept))
                return _replace("kept", "scope, expires_at, body", answer)
            case Counter(scope=scope, following=following):
                return _replace("sequences", "scope, following", (scope, following))
            case rest:
                return self._rest(rest)

    def _notice(self, notice: Notice) -> tuple[object, ...]:
        body = self._codec.notices.encode(notice)
        return notice.provider, instant(notice.received_at), len(notice.body), body

    def _rest(
        self, value: Merchant | ApiClient | ProviderAccount | Endpoint | WalletLink | Received
    ) -> Work:
        match value:
            case Received():
                columns = "provider, received_at, size, body"
                state = (*inbox._state(value), *self._notice(value.notice))
                return _replace("inbox", f"id, {inbox._STATE}, {columns}", state)
            case Merchant():
                named = (value.id, value.name, instant(value.created_at))
                return _replace("merchants", "id, name, created_at", named)
            case ApiClient():
                return _replace("clients", directory._COLUMNS, _client_values(value))
            case ProviderAccount():
                owner = (value.merchant_id, value.provider, value.livemode)
                sealed = self._codec.encode_account(value)
                columns = "merchant_id, provider, livemode, stopped, body"
                return _replace("accounts", columns, (*owner, value.stopped is not None, sealed))
            case WalletLink():
                return _replace(
                    "wallet_links", links.COLUMNS, links.link_values(self._codec, value)
                )
            case Endpoint():
                values = (value.id, value.merchant_id, value.livemode, instant(value.created_at),
                          value.version, self._codec.encode_endpoint(value))  # fmt: skip
                columns = "id, merchant_id, livemode, created_at, version, body"
                return _replace("endpoints", columns, values)

    def _payment(self, payment: Payment) -> Work:
        body = self._codec.encode_payment(payment)
        values = (*self._store.payments._state(payment, body), *payments._origin(payment))
        used = [(key, a.id, payment.id) for a in payment.attempts for key in a.references.unique]
        used += [
            (payments._CHARGE + a.evidence, a.id, payment.id)
            for a in payment.attempts
            if a.evidence
        ]
        parts = [(refund.id, payment.id) for refund in payment.refunds]
        parts += [(record.id, payment.id) for record in payment.exceptions]

        def write(connection: sqlite3.Connection) -> None:
            _replace("payments", payments._COLUMNS, values)(connection)
            for row in used:
                connection.execute(payments._USE_REFERENCES.format("(?, ?, ?)"), row)
            connection.executemany(payments._PART, parts)

        return write


def _client_values(client: ApiClient) -> tuple[object, ...]:
    return (
        client.id,
        client.merchant_id,
        client.livemode,
        client.name,
        client.key_sha256,
        instant(client.created_at),
        optional_instant(client.revoked_at),
    )


def _replace(table: str, columns: str, values: Sequence[object]) -> Work:
    places = ", ".join("?" * len(values))
    statement = f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})"
    return lambda connection: connection.execute(statement, values)
