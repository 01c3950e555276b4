"""Merchants and API clients in SQLite."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import final

from adapters.outbound.plain import from_instant, instant, optional_instant, optional_time
from adapters.outbound.sqlite.readers import Readers, Row
from adapters.outbound.sqlite.remembered import Mark, Remembered
from adapters.outbound.sqlite.writer import Writer
from application.ports import Directory, NotFound
from domain.errors import InvalidValue
from domain.merchant import ApiClient, Merchant

_ADD_MERCHANT = "INSERT INTO merchants (id, name, created_at) VALUES (?, ?, ?)"
_MERCHANTS = "SELECT id, name, created_at FROM merchants ORDER BY created_at, rowid"
_COLUMNS = "id, merchant_id, livemode, name, key_sha256, created_at, revoked_at"
_ADD_CLIENT = f"INSERT INTO clients ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_CLIENTS = f"""
SELECT {_COLUMNS} FROM clients WHERE ?1 IS NULL OR merchant_id = ?1 ORDER BY created_at, rowid
"""
_BY_KEY = f"SELECT {_COLUMNS} FROM clients WHERE key_sha256 = ?"
_REVOKE = "UPDATE clients SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?"


@final
class SqliteDirectory(Directory):
    """Who may ask, and for whom."""

    def __init__(self, writer: Writer, readers: Readers, mark: Mark) -> None:
        self._writer = writer
        self._readers = readers
        self._by_key = Remembered(mark, self._read_by_key)

    def add_merchant(self, merchant: Merchant) -> None:
        values = (merchant.id, merchant.name, instant(merchant.created_at))
        self._add(_ADD_MERCHANT, values, InvalidValue("merchant", "exists already"))

    def merchants(self) -> Sequence[Merchant]:
        rows = self._readers.rows(_MERCHANTS)
        return [Merchant(id_, name, from_instant(at)) for id_, name, at in rows]

    def add_client(self, client: ApiClient) -> None:
        values = (
            client.id,
            client.merchant_id,
            client.livemode,
            client.name,
            client.key_sha256,
            instant(client.created_at),
            optional_instant(client.revoked_at),
        )
        taken = InvalidValue("client", "exists already, or has the key of another")
        self._add(_ADD_CLIENT, values, taken)

    def clients(self, merchant_id: str | None = None) -> Sequence[ApiClient]:
        return [_client(row) for row in self._readers.rows(_CLIENTS, (merchant_id,))]

    def client_by_key(self, key_sha256: str) -> ApiClient:
        return self._by_key(key_sha256)

    def revoke_client(self, client_id: str, at: datetime) -> None:
        values = (instant(at), client_id)

        def write(connection: sqlite3.Connection) -> None:
            if not connection.execute(_REVOKE, values).rowcount:
                raise NotFound

        try:
            self._writer.write(write)
        finally:
            self._by_key.forget()

    def _read_by_key(self, key_sha256: str) -> ApiClient:
        row = self._readers.row(_BY_KEY, (key_sha256,))
        if row is None:
            raise NotFound
        return _client(row)

    def _add(self, statement: str, values: tuple[object, ...], taken: InvalidValue) -> None:
        def write(connection: sqlite3.Connection) -> None:
            try:
                connection.execute(statement, values)
            except sqlite3.IntegrityError:
                raise taken from None

        self._writer.write(write)


def _client(row: Row) -> ApiClient:
    id_, merchant_id, livemode, name, key_sha256, created_at, revoked_at = row
    return ApiClient(
        id=id_,
        merchant_id=merchant_id,
        livemode=bool(livemode),
        name=name,
        key_sha256=key_sha256,
        created_at=from_instant(created_at),
        revoked_at=optional_time(revoked_at),
    )
