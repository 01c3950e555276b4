"""Provider accounts in SQLite."""

import sqlite3
from collections.abc import Sequence
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.remembered import Mark, Remembered
from adapters.outbound.sqlite.writer import Writer
from application.ports import AccountRepository, NotFound
from domain.copying import replace
from domain.merchant import ProviderAccount, Stop

_SAVE = """
INSERT INTO accounts (merchant_id, provider, livemode, stopped, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (merchant_id, provider, livemode)
DO UPDATE SET stopped = excluded.stopped, body = excluded.body
"""
_GET = "SELECT body FROM accounts WHERE merchant_id = ? AND provider = ? AND livemode = ?"
_STOPPED = """
SELECT body FROM accounts WHERE provider = ? AND stopped = 1 ORDER BY merchant_id, livemode
"""


@final
class SqliteAccounts(AccountRepository):
    """Merchants' accounts at providers, their credentials sealed."""

    def __init__(self, writer: Writer, readers: Readers, codec: Codec, mark: Mark) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec
        self._one = Remembered(mark, self._read)

    def save(self, account: ProviderAccount) -> None:
        values = self._values(account)
        try:
            self._writer.write(lambda connection: connection.execute(_SAVE, values))
        finally:
            self._one.forget()

    def set_stop(self, account: ProviderAccount, stop: Stop | None) -> bool:
        of = (account.merchant_id, account.provider, account.livemode)

        def write(connection: sqlite3.Connection) -> bool:
            row = connection.execute(_GET, of).fetchone()
            found = None if row is None else self._codec.decode_account(row[0])
            if found is None or found.credentials != account.credentials:
                return False
            connection.execute(_SAVE, self._values(replace(found, stopped=stop)))
            return True

        try:
            return self._writer.write(write)
        finally:
            self._one.forget()

    def get(self, merchant_id: str, provider: str, *, livemode: bool) -> ProviderAccount:
        return self._one((merchant_id, provider, livemode))

    def stopped(self, provider: str) -> Sequence[ProviderAccount]:
        rows = self._readers.rows(_STOPPED, (provider,))
        return [self._codec.decode_account(body) for (body,) in rows]

    def _values(self, account: ProviderAccount) -> tuple[object, ...]:
        stopped, body = account.stopped is not None, self._codec.encode_account(account)
        return account.merchant_id, account.provider, account.livemode, stopped, body

    def _read(self, of: tuple[str, str, bool]) -> ProviderAccount:
        row = self._readers.row(_GET, of)
        if row is None:
            raise NotFound
        return self._codec.decode_account(row[0])
