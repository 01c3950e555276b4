"""Counters in SQLite."""

import sqlite3
from typing import final

from adapters.outbound.sqlite.writer import Writer
from application.ports import Sequences

_TAKE = """
INSERT INTO sequences (scope, following) VALUES (?1, ?2)
ON CONFLICT (scope) DO UPDATE SET following = following + ?2
RETURNING following - ?2
"""
_SKIP = "UPDATE sequences SET following = (following / ?1 + 1) * ?1"


@final
class SqliteSequences(Sequences):
    """Durable counters that never go back."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def take(self, scope: str, count: int) -> int:
        if count < 1:
            raise ValueError("at least one number must be taken")

        def write(connection: sqlite3.Connection) -> int:
            ((first,),) = connection.execute(_TAKE, (scope, count)).fetchall()
            return int(first)

        return self._writer.write(write)

    def skip(self, multiple: int) -> int:
        if multiple < 1:
            raise ValueError("the multiple must be at least 1")
        return self._writer.write(lambda c: c.execute(_SKIP, (multiple,)).rowcount)
