"""The shop's table: one row for each order."""

import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, phone TEXT, amount INTEGER, status TEXT, tries INTEGER DEFAULT 0
)
"""


class Orders:
    """One connection behind a lock, as small shops do it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._lock = threading.Lock()
        with self._lock, self._db:
            self._db.execute(SCHEMA)

    def add(self, order_id: str, phone: str, amount: int) -> None:
        """A new order, to be paid; the same again is ignored."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, 'pending', 0)",
                (order_id, phone, amount),
            )

    def take(self, limit: int) -> list[tuple[str, str, int, int]]:
        """The next orders to be charged, marked as being charged."""
        with self._lock, self._db:
            return self._db.execute(
                "UPDATE orders SET status = 'processing', tries = tries + 1 WHERE id IN "
                "(SELECT id FROM orders WHERE status = 'pending' LIMIT ?) "
                "RETURNING id, phone, amount, tries",
                (limit,),
            ).fetchall()

    def mark(self, order_id: str, status: str) -> None:
        """How it ended."""
        with self._lock, self._db:
            self._db.execute("UPDATE orders SET status = ? WHERE id = ?", (status, order_id))

    def recover(self) -> None:
        """After a restart: what was being charged is charged anew, lest it hang for ever."""
        with self._lock, self._db:
            self._db.execute("UPDATE orders SET status = 'pending' WHERE status = 'processing'")

    def again(self) -> int:
        """Customers whose payment failed press "try again"; tells how many."""
        with self._lock, self._db:
            return self._db.execute(
                "UPDATE orders SET status = 'pending' WHERE status = 'failed'"
            ).rowcount

    def statuses(self) -> Mapping[str, str]:
        """Each order's status."""
        with self._lock:
            return dict(self._db.execute("SELECT id, status FROM orders").fetchall())
