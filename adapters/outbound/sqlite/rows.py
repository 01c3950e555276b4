"""Many rows of one table by one statement."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import final

Row = tuple[object, ...]


@final
class Rows:
    """Adds rows to a table: one call of SQLite's, however many they are.

    Each call lets other threads in, and the next one waits until they let go again: of what a busy
    process writes, that waiting was the larger part.
    """

    def __init__(self, table: str, columns: str, *, otherwise: str = "") -> None:
        """`columns` are names with commas between; the first of them is never null.

        `otherwise` is what is done about a conflict.
        """
        self._width = columns.count(",") + 1
        self._statement = (
            f"INSERT INTO {table} ({columns}) SELECT * FROM (VALUES {{}})"
            f" WHERE column1 IS NOT NULL {otherwise}"
        )

    def add(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Add them all; tells how many were added.

        Raises sqlite3.IntegrityError, and then none of them is added.
        """
        if not rows:
            return 0
        values, places = many(rows, self._width)
        return connection.execute(self._statement.format(places), values).rowcount


def many(rows: Sequence[Row], width: int) -> tuple[list[object], str]:
    """The values of these rows and the places for them, of which the last may be left null.

    A few sizes are enough, so that SQLite prepares each but once.
    """
    size = 1 << (len(rows) - 1).bit_length()
    values = [value for row in rows for value in row]
    values += [None] * (width * (size - len(rows)))
    return values, _places(size, width)


@lru_cache(maxsize=64)
def _places(size: int, width: int) -> str:
    return ", ".join([f"({', '.join('?' * width)})"] * size)
