"""The file of the search index: copies alone, so that it may be thrown away at any time.

It lies beside the store and not in it: what is indexed costs the store's writer nothing.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import final

from adapters.outbound.sqlite.troubles import meaning, primary_code
from application.ports import IndexUnavailable

BUSY_WITHIN_SECONDS = 5.0
_RUINED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_INDEXES = """
CREATE TABLE IF NOT EXISTS indexes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    answering INTEGER NOT NULL,
    cursor TEXT NOT NULL -- up to where in the feed it has all copies
) STRICT
"""


@final
class SearchFile:
    """Lends connections; one that met trouble is not lent again, and a ruined file is removed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._door = Lock()
        self._idle: list[tuple[sqlite3.Connection, tuple[int, int]]] = []

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the file; raises IndexUnavailable."""
        with self._lent("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose writes are made together, or not at all; raises IndexUnavailable."""
        with self._lent("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close what is not lent."""
        with self._door:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    @contextmanager
    def _lent(self, begin: str) -> Iterator[sqlite3.Connection]:
        connection: sqlite3.Connection | None = None
        try:
            connection, identity = self._taken()
            connection.execute(begin)
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as problem:
            _end(connection)
            if primary_code(problem) in _RUINED:
                self._remove()
            raise IndexUnavailable(f"the search index: {meaning(problem)}") from problem
        except BaseException:
            _end(connection)
            raise
        with self._door:
            self._idle.append((connection, identity))

    def _taken(self) -> tuple[sqlite3.Connection, tuple[int, int]]:
        present = self._look()
        while True:
            with self._door:
                if not self._idle:
                    break
                connection, identity = self._idle.pop()
            if identity == present:
                return connection, identity
            connection.close()
        return self._open()

    def _open(self) -> tuple[sqlite3.Connection, tuple[int, int]]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as problem:
            words = f"{self._path} cannot be made: {problem.strerror}"
            raise IndexUnavailable(words) from problem
        identity = self._look()
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_WITHIN_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # A commit may be lost with the machine's power: it is fetched from the store again.
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(_INDEXES)
        except sqlite3.Error:
            connection.close()
            raise
        return connection, identity or (0, 0)

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _remove(self) -> None:
        for end in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._path.with_name(self._path.name + end).unlink()


def _end(connection: sqlite3.Connection | None) -> None:
    with suppress(sqlite3.Error):
        if connection is not None:
            connection.close()
