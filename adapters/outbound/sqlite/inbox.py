"""Notices in SQLite."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, final

import orjson

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.plain import instant, optional_instant, optional_time
from adapters.outbound.sqlite.readers import Readers, Row
from adapters.outbound.sqlite.rows import Rows, many
from adapters.outbound.sqlite.writer import Shared, Writer
from application.ports import (
    Backlog,
    Inbox,
    NotFound,
    Notice,
    NoticeQuery,
    Page,
    Received,
    Verdict,
)

FORGOTTEN_TOGETHER = 500
"""Notices dropped in one write: payments must not wait for a flood's worth."""
MOST_TURNS = 1_000
DOES_NOT_OPEN = "its record does not open"
_STATE = "due_at, tries, verdict, why, payment_id, mark, settled_at, version"
_COLUMNS = f"{_STATE}, body"
_STATE_COLUMNS = 9
_ADDED = Rows(
    "inbox",
    "id, provider, received_at, size, due_at, body",
    always={"tries": "0", "version": "1"},
    otherwise="ON CONFLICT (id) DO NOTHING",
)
_REPLACE = """
UPDATE inbox INDEXED BY sqlite_autoindex_inbox_1
SET due_at = told.column2, tries = told.column3, verdict = told.column4, why = told.column5,
    payment_id = told.column6, mark = told.column7, settled_at = told.column8,
    version = told.column9
FROM (VALUES {}) AS told
WHERE id = told.column1 AND version = told.column9 - 1
RETURNING id
"""
_BACKLOG = """
SELECT count(*), coalesce(sum(size), 0)
FROM (SELECT size FROM inbox INDEXED BY inbox_due WHERE due_at IS NOT NULL LIMIT ?)
"""
_ANY_DUE = "SELECT 1 FROM inbox WHERE due_at <= ? LIMIT 1"
_CLAIM = f"""
UPDATE inbox SET due_at = ?, tries = tries + 1, version = version + 1
WHERE id IN (SELECT id FROM inbox WHERE due_at <= ? ORDER BY due_at LIMIT ?)
RETURNING id, {_COLUMNS}
"""
_GIVE_UP = """
UPDATE inbox SET due_at = NULL, verdict = ?, why = ?, settled_at = ?, version = version + 1
WHERE id IN (SELECT value FROM json_each(?))
"""
_KNOWN = """
SELECT mark, min(id) FROM inbox
WHERE provider = ? AND mark IN (SELECT value FROM json_each(?)) GROUP BY mark
"""
_GET = f"SELECT id, {_COLUMNS} FROM inbox WHERE id = ?"
_NEWEST = """
SELECT received_at FROM inbox WHERE verdict = ? ORDER BY received_at DESC LIMIT 1 OFFSET ?
"""
_FORGET = """
DELETE FROM inbox WHERE id IN (
    SELECT id FROM inbox WHERE verdict = ? AND received_at <= ? ORDER BY received_at LIMIT ?
)
"""


def _add(connection: sqlite3.Connection, rows: Sequence[Any]) -> None:
    _ADDED.add(connection, rows)


@final
class SqliteInbox(Inbox):
    """Each as it came, sealed; those that come together are committed together."""

    def __init__(self, writer: Writer, readers: Readers, codec: Codec) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec

    def add(self, notice: Notice) -> None:
        at = instant(notice.received_at)
        body = bytearray(self._codec.notices.encode(notice))
        row = (notice.id, notice.provider, at, len(notice.body), at, body)
        self._writer.write(lambda connection: _add(connection, [row]), Shared(_add, row))

    def backlog(self, most: int) -> Backlog:
        ((count, size),) = self._readers.rows(_BACKLOG, (most,))
        return Backlog(count, size)

    def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Received]:
        now = instant(at)
        if limit <= 0 or self._readers.row(_ANY_DUE, (now,)) is None:
            return []
        values = (instant(until), now, limit)
        rows = self._writer.write(lambda c: c.execute(_CLAIM, values).fetchall())
        claimed = self._readable(sorted(rows))
        lost = {row[0] for row in rows} - {each.notice.id for each in claimed}
        if lost:  # it would come again for ever, before all that came after it
            told = (Verdict.FAILED.value, DOES_NOT_OPEN, now, orjson.dumps(list(lost)).decode())
            self._writer.write(lambda c: c.execute(_GIVE_UP, told))
        return claimed

    def save_each(self, received: Sequence[Received]) -> Sequence[bool]:
        if not received:
            return []
        values, places = many([_state(each) for each in received], _STATE_COLUMNS)
        statement = _REPLACE.format(places)
        written = self._writer.write(lambda c: c.execute(statement, values).fetchall())
        ours = {notice_id for (notice_id,) in written}
        return [each.notice.id in ours for each in received]

    def known(self, provider: str, marks: Sequence[str]) -> Mapping[str, str]:
        asked = orjson.dumps(list(marks)).decode()
        return dict(self._readers.rows(_KNOWN, (provider, asked)))

    def find(self, query: NoticeQuery) -> Page[Received]:
        conditions, values = _conditions(query)
        rows = self._readers.rows(
            f"SELECT id, {_COLUMNS} FROM inbox {conditions} ORDER BY id DESC LIMIT ?",
            (*values, query.limit + 1),
        )
        shown = rows[: query.limit]
        return Page(self._readable(shown), shown[-1][0] if len(rows) > query.limit else None)

    def get(self, notice_id: str) -> Received:
        row = self._readers.row(_GET, (notice_id,))
        if row is None:
            raise NotFound
        return self._received(row)

    def forget(self, verdict: Verdict, before: datetime, most: int) -> int:
        until = instant(before) - 1
        beyond = self._readers.row(_NEWEST, (verdict.value, most))
        if beyond is not None:
            until = max(until, beyond[0])
        values = (verdict.value, until, FORGOTTEN_TOGETHER)
        forgotten = 0
        for _ in range(MOST_TURNS):
            count = self._writer.write(lambda c: c.execute(_FORGET, values).rowcount)
            forgotten += count
            if count < FORGOTTEN_TOGETHER:
                break
        return forgotten

    def _readable(self, rows: Sequence[Row]) -> list[Received]:
        """Those that open: one that does not must hold up no other."""
        found = []
        for row in rows:
            with suppress(Unreadable):
                found.append(self._received(row))
        return found

    def _received(self, row: Row) -> Received:
        _, due_at, tries, verdict, why, payment_id, mark, settled_at, version, body = row
        return Received(
            notice=self._codec.notices.decode(body),
            due_at=optional_time(due_at),
            tries=tries,
            verdict=None if verdict is None else Verdict(verdict),
            why=why,
            payment_id=payment_id,
            mark=mark,
            settled_at=optional_time(settled_at),
            version=version,
        )


def _state(received: Received) -> tuple[object, ...]:
    return (
        received.notice.id,
        optional_instant(received.due_at),
        received.tries,
        None if received.verdict is None else received.verdict.value,
        received.why,
        received.payment_id,
        received.mark,
        optional_instant(received.settled_at),
        received.version,
    )


def _conditions(query: NoticeQuery) -> tuple[str, list[object]]:
    asked: list[tuple[str, object]] = []
    if query.provider is not None:
        asked.append(("provider = ?", query.provider))
    if query.verdict is not None:
        asked.append(("verdict = ?", query.verdict.value))
    if query.cursor is not None:
        asked.append(("id < ?", query.cursor))
    words = [condition for condition, _ in asked]
    if query.waiting:
        words.append("due_at IS NOT NULL")
    return f"WHERE {' AND '.join(words)}" if words else "", [value for _, value in asked]
