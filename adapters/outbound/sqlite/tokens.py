"""Tokens of providers in SQLite."""

from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.writer import Writer
from application.ports import KeptToken, KeptTokens, TokenKey

_ADD = "INSERT INTO tokens (key, version, body) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING"
_REPLACE = "UPDATE tokens SET version = ?2, body = ?3 WHERE key = ?1 AND version = ?2 - 1"
_GET = "SELECT version, body FROM tokens WHERE key = ?"
_DROP = "DELETE FROM tokens WHERE key = ?"


@final
class SqliteTokens(KeptTokens):
    """The tokens of every process on this file, sealed."""

    def __init__(self, writer: Writer, readers: Readers, codec: Codec) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec

    def get(self, key: TokenKey) -> KeptToken | None:
        row = self._readers.row(_GET, (str(key),))
        if row is None:
            return None
        version, body = row
        try:
            return self._codec.tokens.decode(body)
        except Unreadable:  # another one can be fetched in its place
            return KeptToken(key, version)

    def put(self, kept: KeptToken) -> bool:
        statement = _ADD if kept.version == 1 else _REPLACE
        values = (str(kept.key), kept.version, self._codec.tokens.encode(kept))
        return self._writer.write(lambda c: c.execute(statement, values).rowcount == 1)

    def drop(self, key: TokenKey) -> None:
        self._writer.write(lambda c: c.execute(_DROP, (str(key),)))
