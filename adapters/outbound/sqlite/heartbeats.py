"""Signs of life in SQLite."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.plain import from_instant, instant
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.writer import Writer
from application.ports import Heartbeat, Heartbeats

REMEMBERED = timedelta(days=1)
"""A worker silent for longer is forgotten altogether."""
_BEAT = """
INSERT INTO heartbeats (worker, at, trouble, unwell) VALUES (?, ?, ?, ?)
ON CONFLICT (worker) DO UPDATE
SET at = excluded.at, trouble = excluded.trouble, unwell = excluded.unwell
"""
_FORGET = "DELETE FROM heartbeats WHERE at < ?"
_ALIVE = "SELECT worker, at, trouble, unwell FROM heartbeats WHERE at >= ? ORDER BY worker"


@final
class SqliteHeartbeats(Heartbeats):
    """Which workers live; every process on this file shares the machine's clock."""

    def __init__(self, writer: Writer, readers: Readers, now: Callable[[], datetime]) -> None:
        self._writer = writer
        self._readers = readers
        self._now = now

    def beat(self, heartbeat: Heartbeat) -> None:
        unwell = ",".join(heartbeat.unwell) or None
        values = (heartbeat.worker, instant(heartbeat.at), heartbeat.trouble, unwell)
        too_old = instant(heartbeat.at - REMEMBERED)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(_BEAT, values)
            connection.execute(_FORGET, (too_old,))

        self._writer.write(write)

    def alive(self, since: datetime) -> Sequence[Heartbeat]:
        rows = self._readers.rows(_ALIVE, (instant(since),))
        return [
            Heartbeat(worker, from_instant(at), trouble, tuple(unwell.split(",")) if unwell else ())
            for worker, at, trouble, unwell in rows
        ]

    def now(self) -> datetime:
        return self._now()
