"""One read-only connection for each thread that reads."""

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, final
from weakref import WeakSet

from adapters.outbound.sqlite.database import Database
from adapters.outbound.sqlite.troubles import unavailable
from application.ports import StoreUnavailable

Row = tuple[Any, ...]


class _Reader(sqlite3.Connection):
    """Its lock keeps `close` from pulling it away under a read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lock = threading.Lock()


class _Mine(threading.local):
    reader: _Reader | None = None


@final
class Readers:
    """Reads what was committed; raises StoreUnavailable, never an error of SQLite's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mine = _Mine()
        self._all: WeakSet[_Reader] = WeakSet()
        self._door = threading.Lock()
        self._closed = False

    def rows(self, question: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Every row of the answer."""
        self._database.check()
        try:
            reader = self._mine.reader or self._open()
            with reader.lock:
                return reader.execute(question, tuple(values)).fetchall()
        except sqlite3.Error as problem:
            # A fresh connection may find the disk well again.
            self._mine.reader = None
            raise unavailable(problem) from problem

    def row(self, question: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of the answer, if any."""
        rows = self.rows(question, values)
        return rows[0] if rows else None

    def close(self) -> None:
        """Close every thread's connection, once its read has ended."""
        with self._door:
            self._closed = True
            readers = list(self._all)
        for reader in readers:
            with reader.lock:
                reader.close()

    def _open(self) -> _Reader:
        with self._door:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            reader = self._database.open_reader(_Reader)
            self._all.add(reader)
        self._mine.reader = reader
        return reader
