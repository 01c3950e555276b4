"""The search index of the embedded house: SQLite's FTS5 over copies of the payments."""

# ruff: noqa: S608  only our own words and numbers are joined into statements: every value is bound

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import final

import orjson

from adapters.outbound.plain import instant
from adapters.outbound.plain_copy import copy_from_plain, copy_to_plain
from adapters.outbound.sqlite.search_file import SearchFile
from adapters.outbound.sqlite.search_question import Question
from application.payment_copy import PaymentCopy
from application.ports import (
    Counts,
    IndexUnavailable,
    NextIndex,
    PaymentIndex,
    SearchPage,
    SearchQuery,
)

FORM = 1
"""Part of the file's name: an index of another form is left where it is, and a new one made."""
_MAKE = (
    """
    CREATE TABLE copies_{0} (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        merchant_id TEXT NOT NULL,
        livemode INTEGER NOT NULL,
        order_id TEXT NOT NULL,
        status TEXT NOT NULL,
        amount INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        day TEXT NOT NULL, -- in Jakarta
        words TEXT NOT NULL,
        wholes TEXT NOT NULL,
        body BLOB NOT NULL
    ) STRICT
    """,
    # Everything that the usual list and its counts look at.
    """
    CREATE INDEX newest_{0} ON copies_{0} (merchant_id, livemode, created_at, id, status, day)
    """,
    """
    CREATE VIRTUAL TABLE found_{0} USING fts5 (
        words, wholes, content = 'copies_{0}', content_rowid = 'row',
        tokenize = "unicode61 remove_diacritics 0 tokenchars '_'"
    )
    """,
)
_KNOWN = """
SELECT id, row, version, words, wholes FROM copies_{0} WHERE id IN (SELECT value FROM json_each(?))
"""
_COLUMNS = (
    "id, version, merchant_id, livemode, order_id, status, amount,"
    " created_at, updated_at, day, words, wholes, body, row"
)
_PUT = f"INSERT OR REPLACE INTO copies_{{0}} ({_COLUMNS}) VALUES ({', '.join('?' * 14)})"
_FIND = "INSERT INTO found_{0} (rowid, words, wholes) VALUES (?, ?, ?)"
_LOSE = "INSERT INTO found_{0} (found_{0}, rowid, words, wholes) VALUES ('delete', ?, ?, ?)"


@final
class SqliteIndex(PaymentIndex):
    """Copies in a file beside the store; each index has tables of its own, one of them answers."""

    def __init__(self, folder: Path) -> None:
        self._file = SearchFile(self.file_in(folder))

    @staticmethod
    def file_in(folder: Path) -> Path:
        """Where the copies of the house in that folder are kept."""
        return folder / f"search-{FORM}.db"

    def search(self, query: SearchQuery) -> SearchPage:
        with self._file.reading() as connection:
            found = connection.execute("SELECT number, cursor FROM indexes WHERE answering = 1")
            row = found.fetchone()
            if row is None:
                return SearchPage((), more=False, counts=Counts({}, {}), cursor="")
            number, cursor = row
            question = Question(number, query)
            bodies = connection.execute(*question.page()).fetchall()
            copies = [copy_from_plain(orjson.loads(body)) for (body,) in bodies[: query.limit]]
            counts = None
            if query.counted:
                by_status = dict(connection.execute(*question.by("status")).fetchall())
                counts = Counts(by_status, dict(connection.execute(*question.by("day")).fetchall()))
        return SearchPage(copies, more=len(bodies) > query.limit, counts=counts, cursor=cursor)

    def present(self) -> "SqliteCopies":
        with self._file.writing() as connection:
            return SqliteCopies(self._file, _number(connection, answering=True))

    def next(self, *, afresh: bool = False) -> "SqliteCopies":
        with self._file.writing() as connection:
            if afresh:
                _drop(connection, "answering = 0")
            return SqliteCopies(self._file, _number(connection, answering=False))

    def close(self) -> None:
        self._file.close()


@final
class SqliteCopies(NextIndex):
    """The tables of one index."""

    def __init__(self, file: SearchFile, number: int) -> None:
        self._file = file
        self._number = number

    def cursor(self) -> str:
        with self._file.reading() as connection:
            return self._cursor(connection)

    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        newest = {copy.id: copy for copy in sorted(copies, key=lambda copy: copy.version)}
        rows = {id_: _row(copy) for id_, copy in newest.items()}
        with self._file.writing() as connection:
            self._cursor(connection)
            if rows:
                self._put(connection, rows)
            connection.execute(
                "UPDATE indexes SET cursor = ? WHERE number = ?", (cursor, self._number)
            )

    def take_over(self) -> None:
        with self._file.writing() as connection:
            self._cursor(connection)
            _drop(connection, f"number <> {self._number}")
            connection.execute("UPDATE indexes SET answering = 1 WHERE number = ?", (self._number,))

    def _put(self, connection: sqlite3.Connection, rows: dict[str, tuple[object, ...]]) -> None:
        asked = orjson.dumps(list(rows)).decode()
        known = {
            id_: (row, version, words, wholes)
            for id_, row, version, words, wholes in connection.execute(
                self._with_number(_KNOWN), (asked,)
            )
        }
        (last,) = connection.execute(
            self._with_number("SELECT coalesce(max(row), 0) FROM copies_{0}")
        ).fetchone()
        put, lost, found = [], [], []
        for id_, row in rows.items():
            words, wholes, version = row[10], row[11], row[1]
            if id_ not in known:
                last += 1
                number = last
            else:
                number, old_version, old_words, old_wholes = known[id_]
                assert isinstance(version, int)
                if old_version >= version:
                    continue
                if (old_words, old_wholes) != (words, wholes):
                    lost.append((number, old_words, old_wholes))
            put.append((*row, number))
            if id_ not in known or (lost and lost[-1][0] == number):
                found.append((number, words, wholes))
        connection.executemany(self._with_number(_LOSE), lost)
        connection.executemany(self._with_number(_PUT), put)
        connection.executemany(self._with_number(_FIND), found)

    def _cursor(self, connection: sqlite3.Connection) -> str:
        row = connection.execute(
            "SELECT cursor FROM indexes WHERE number = ?", (self._number,)
        ).fetchone()
        if row is None:
            raise IndexUnavailable("another index has taken the place of this one")
        return str(row[0])

    def _with_number(self, statement: str) -> str:
        return statement.format(self._number)


def _number(connection: sqlite3.Connection, *, answering: bool) -> int:
    """The index that answers, or the one that is being made; made where there is none."""
    row = connection.execute(
        "SELECT number FROM indexes WHERE answering = ?", (answering,)
    ).fetchone()
    if row is not None:
        return int(row[0])
    made = connection.execute(
        "INSERT INTO indexes (answering, cursor) VALUES (?, '')", (answering,)
    ).lastrowid
    assert made is not None
    for statement in _MAKE:
        connection.execute(statement.format(made))
    return made


def _drop(connection: sqlite3.Connection, which: str) -> None:
    for (number,) in connection.execute(f"SELECT number FROM indexes WHERE {which}").fetchall():
        connection.execute(f"DROP TABLE found_{number}")
        connection.execute(f"DROP TABLE copies_{number}")
    connection.execute(f"DELETE FROM indexes WHERE {which}")


def _row(copy: PaymentCopy) -> tuple[object, ...]:
    terms = copy.terms
    return (
        copy.id,
        copy.version,
        copy.merchant_id,
        copy.livemode,
        copy.order_id,
        copy.status.value,
        copy.amount,
        instant(copy.created_at),
        instant(copy.updated_at),
        copy.day,
        " ".join(terms.words),
        " ".join(terms.wholes),
        orjson.dumps(copy_to_plain(copy)),
    )
