"""Many rows of one table by one statement."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Sequence
from typing import final

Row = tuple[object, ...]


@final
class Rows:
    """Adds rows to a table: one call of SQLite's, however many they are.

    Each call lets other threads in, and the next one waits until they let go again: of what a busy
    process writes, that waiting was the larger part.
    """

    def __init__(self, table: str, columns: str) -> None:
        """`columns` are names with commas between; the first of them is never null."""
        self._width = columns.count(",") + 1
        self._head = f"INSERT INTO {table} ({columns}) SELECT * FROM (VALUES "
        self._statements: dict[int, str] = {}

    def add(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Add them all; raises sqlite3.IntegrityError, and then none of them is added."""
        if rows:
            # A few sizes are enough, so that SQLite prepares each but once: the rest is left out.
            places = 1 << (len(rows) - 1).bit_length()
            values = [value for row in rows for value in row]
            values += [None] * (self._width * (places - len(rows)))
            connection.execute(self._statement(places), values)

    def _statement(self, places: int) -> str:
        statement = self._statements.get(places)
        if statement is None:
            one = f"({', '.join('?' * self._width)})"
            many = ", ".join([one] * places)
            statement = f"{self._head}{many}) WHERE column1 IS NOT NULL"
            self._statements[places] = statement
        return statement
