"""Kept answers in SQLite."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.plain import instant
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.rows import Row, Rows
from adapters.outbound.sqlite.writer import Writer
from application.ports import AlreadyKept, IdempotencyStore, Kept

FORGOTTEN_TOGETHER = 500
"""Answers dropped in one write: others must not wait for a month's worth."""
MOST_TURNS = 1_000
_KEEP = """
INSERT INTO kept (scope, expires_at, body) VALUES (?, ?, ?)
ON CONFLICT (scope) DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body
WHERE kept.expires_at <= ?
"""
KEPT = Rows("kept", "scope, expires_at, body")
_HELD = "SELECT body FROM kept WHERE scope = ?"
_FIND = "SELECT body FROM kept WHERE scope = ? AND expires_at > ?"
_FORGET = """
DELETE FROM kept WHERE rowid IN (SELECT rowid FROM kept WHERE expires_at < ? LIMIT ?)
"""


@final
class Keeper:
    """Writes kept answers inside the writes of their effects."""

    def __init__(self, codec: Codec, now: Callable[[], datetime]) -> None:
        self._codec = codec
        self.now = now

    def row(self, keep: Kept) -> Row:
        """What KEPT adds where nothing was kept before."""
        return keep.scope, instant(keep.expires_at), bytearray(self._codec.encode_kept(keep))

    def prepare(self, keep: Kept | None) -> Callable[[sqlite3.Connection], None]:
        """Encode it now, for a write that is made later; the write raises AlreadyKept."""
        if keep is None:
            return _keep_nothing
        values = (*self.row(keep), instant(self.now()))

        def write(connection: sqlite3.Connection) -> None:
            if not connection.execute(_KEEP, values).rowcount:
                (body,) = connection.execute(_HELD, (keep.scope,)).fetchone()
                raise AlreadyKept(self._codec.decode_kept(body))

        return write


def _keep_nothing(_: sqlite3.Connection) -> None:
    return None


@final
class SqliteIdempotency(IdempotencyStore):
    """The answers kept; the stores of the effects write them."""

    def __init__(self, writer: Writer, readers: Readers, codec: Codec, keeper: Keeper) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec
        self._keeper = keeper

    def find(self, scope: str) -> Kept | None:
        row = self._readers.row(_FIND, (scope, instant(self._keeper.now())))
        return None if row is None else self._codec.decode_kept(row[0])

    def keep(self, kept: Kept) -> None:
        self._writer.write(self._keeper.prepare(kept))

    def forget(self, before: datetime) -> int:
        values = (instant(before), FORGOTTEN_TOGETHER)
        forgotten = 0
        for _ in range(MOST_TURNS):
            count = self._writer.write(lambda c: c.execute(_FORGET, values).rowcount)
            forgotten += count
            if count < FORGOTTEN_TOGETHER:
                break
        return forgotten
