"""Provider accounts in SQLite."""

from collections.abc import Sequence
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.writer import Writer
from application.ports import AccountRepository, NotFound
from domain.merchant import ProviderAccount

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

    def __init__(self, writer: Writer, readers: Readers, codec: Codec) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec

    def save(self, account: ProviderAccount) -> None:
        values = (
            account.merchant_id,
            account.provider,
            account.livemode,
            account.stopped is not None,
            self._codec.encode_account(account),
        )
        self._writer.write(lambda connection: connection.execute(_SAVE, values))

    def get(self, merchant_id: str, provider: str, *, livemode: bool) -> ProviderAccount:
        row = self._readers.row(_GET, (merchant_id, provider, livemode))
        if row is None:
            raise NotFound
        return self._codec.decode_account(row[0])

    def stopped(self, provider: str) -> Sequence[ProviderAccount]:
        rows = self._readers.rows(_STOPPED, (provider,))
        return [self._codec.decode_account(body) for (body,) in rows]
