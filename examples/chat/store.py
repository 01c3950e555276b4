"""What the chat remembers in one SQLite file: consultations, payments as told, messages.

Every write is one transaction, and whoever waits for news of a consultation is woken after it.
"""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_TABLES = """
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS consultations (
    id TEXT PRIMARY KEY, patient TEXT NOT NULL, phone TEXT, unlocked_at REAL);
CREATE UNIQUE INDEX IF NOT EXISTS one_unpaid ON consultations (patient) WHERE unlocked_at IS NULL;
CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, consultation TEXT NOT NULL REFERENCES consultations,
    sequence INTEGER NOT NULL, updated_at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS payments_of ON payments (consultation, id);
CREATE TABLE IF NOT EXISTS heard (webhook_id TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY, consultation TEXT NOT NULL REFERENCES consultations,
    author TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL, form TEXT,
    UNIQUE (consultation, form));
CREATE INDEX IF NOT EXISTS messages_of ON messages (consultation, number);
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a chat; `author` is `doctor` or `patient`."""

    number: int
    author: str
    body: str
    at: float


@dataclass(frozen=True, slots=True)
class Consultation:
    """One consultation of one patient: what was paid for it so far, and what was said."""

    id: str
    phone: str | None
    unlocked_at: float | None
    payments: tuple[Json, ...]
    messages: tuple[Message, ...]

    @property
    def payment(self) -> Json | None:
        """The newest payment: ids of Lunas sort by time."""
        return self.payments[-1] if self.payments else None


class Store:
    """The file, and a bell that rings after each write."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / "chat.db"
        self._bell = threading.Condition()
        self._path.touch(mode=0o600)  # it holds the webhook secret
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_TABLES)

    def kept(self, name: str) -> str | None:
        """A value that was kept under this name."""
        with closing(self._connect()) as db:
            row = db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def keep(self, name: str, value: str) -> None:
        """Keep a value under this name."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    # -- consultations ---------------------------------------------------------------------------

    def begin(self, patient: str) -> str:
        """The patient's consultation that is not paid yet: a new one only where there is none."""
        with self._write() as db:
            fresh = secrets.token_hex(12)
            sql = "INSERT OR IGNORE INTO consultations (id, patient) VALUES (?, ?)"
            db.execute(sql, (fresh, patient))
            sql = "SELECT id FROM consultations WHERE patient = ? AND unlocked_at IS NULL"
            return str(db.execute(sql, (patient,)).fetchone()[0])

    def find(self, consultation: str, patient: str) -> Consultation | None:
        """The consultation, if it is this patient's."""
        with closing(self._connect()) as db:
            sql = "SELECT phone, unlocked_at FROM consultations WHERE id = ? AND patient = ?"
            row = db.execute(sql, (consultation, patient)).fetchone()
            if row is None:
                return None
            sql = "SELECT body FROM payments WHERE consultation = ? ORDER BY id"
            payments = tuple(json.loads(body) for (body,) in db.execute(sql, (consultation,)))
            sql = "SELECT number, author, body, at FROM messages WHERE consultation = ? ORDER BY 1"
            messages = tuple(Message(*said) for said in db.execute(sql, (consultation,)))
        return Consultation(consultation, row[0], row[1], payments, messages)

    def consultations(self, patient: str) -> list[tuple[str, float | None]]:
        """The patient's consultations, newest first, and when each was unlocked."""
        sql = "SELECT id, unlocked_at FROM consultations WHERE patient = ? ORDER BY rowid DESC"
        with closing(self._connect()) as db:
            return list(db.execute(sql, (patient,)))

    def keep_phone(self, consultation: str, phone: str | None) -> None:
        """The number last given; only the link to the simulated wallet needs it."""
        with self._write() as db:
            sql = "UPDATE consultations SET phone = ? WHERE id = ?"
            db.execute(sql, (phone, consultation))

    # -- what Lunas tells ------------------------------------------------------------------------

    def keep_payment(self, consultation: str, payment: Json) -> None:
        """Remember the payment as an answer of the API told it. Never unlocks anything."""
        with self._write() as db:
            _keep_payment(db, consultation, payment)

    def hear(
        self, webhook_id: str, consultation: str, payment: Json, *, unlock: bool, greeting: str
    ) -> bool:
        """Take one webhook, once: its id, the payment and the unlocking are one transaction.

        False when it was heard before, or is about nothing of ours.
        """
        with self._write() as db:
            sql = "INSERT OR IGNORE INTO heard VALUES (?, ?)"
            first = db.execute(sql, (webhook_id, time.time())).rowcount == 1
            sql = "SELECT 1 FROM consultations WHERE id = ?"
            if not first or db.execute(sql, (consultation,)).fetchone() is None:
                return False
            _keep_payment(db, consultation, payment)
            sql = "UPDATE consultations SET unlocked_at = ? WHERE id = ? AND unlocked_at IS NULL"
            if unlock and db.execute(sql, (time.time(), consultation)).rowcount == 1:
                _say(db, consultation, "doctor", greeting, form=None)
            return True

    def last_heard_at(self) -> float | None:
        """When the last webhook came, in seconds of the epoch."""
        with closing(self._connect()) as db:
            at: float | None = db.execute("SELECT max(at) FROM heard").fetchone()[0]
        return at

    # -- the chat --------------------------------------------------------------------------------

    def say(self, consultation: str, body: str, answer: str, form: str | None) -> None:
        """The patient's message and the doctor's answer; the same form sent twice says it once."""
        with self._write() as db:
            if _say(db, consultation, "patient", body, form=form):
                _say(db, consultation, "doctor", answer, form=None)

    def wait(self, seconds: float) -> None:
        """Until something was written, or that time is over."""
        with self._bell:
            self._bell.wait(seconds)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=5, isolation_level=None)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as db:
            db.execute("BEGIN IMMEDIATE")
            with db:  # commits, or rolls back when the block raises
                yield db
        with self._bell:
            self._bell.notify_all()


def _keep_payment(db: sqlite3.Connection, consultation: str, payment: Json) -> None:
    """Older news never replaces newer: answers and webhooks may overtake each other."""
    db.execute(
        """INSERT INTO payments VALUES (:id, :consultation, :sequence, :updated_at, :body)
           ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence,
               updated_at = excluded.updated_at, body = excluded.body
           WHERE (excluded.sequence, excluded.updated_at) > (sequence, updated_at)""",
        {
            "id": payment["id"],
            "consultation": consultation,
            "sequence": payment["sequence"],
            "updated_at": payment["updated_at"],
            "body": json.dumps(payment),
        },
    )


def _say(
    db: sqlite3.Connection, consultation: str, author: str, body: str, form: str | None
) -> bool:
    sql = "INSERT OR IGNORE INTO messages VALUES (NULL, ?, ?, ?, ?, ?)"
    return db.execute(sql, (consultation, author, body, time.time(), form)).rowcount == 1
