"""Many rows of one table by one statement."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import final

Row = tuple[object, ...]
_STEP, _FEW = 4, 32
"""Up to so many rows a statement has at most three places more; beyond, at most twice as many."""


@final
class Rows:
    """Adds rows to a table: one call of SQLite's, however many they are.

    Each call lets other threads in, and the next one waits until they let go again: of what a busy
    process writes, that waiting was the larger part.
    """

    def __init__(
        self, table: str, columns: str, *, always: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """`columns` are names with commas between; the first of them is never null.

        `always` are further columns with what SQL writes into each.
        """
        self._width = columns.count(",") + 1
        names = ", ".join([columns, *always])
        values = ", ".join([f"column{n}" for n in range(1, self._width + 1)] + [*always.values()])
        self._head = f"INSERT INTO {table} ({names}) SELECT {values} FROM (VALUES "
        self._statements: dict[int, str] = {}

    def add(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Add them all; raises sqlite3.IntegrityError, and then none of them is added."""
        if rows:
            # A few sizes are enough, so that SQLite prepares each but once: the rest is left out.
            # It is filled with zeros: for None, Python looks each time whether it adapts to SQL.
            places = _places(len(rows))
            values = [value for row in rows for value in row]
            values += [None, *[0] * (self._width - 1)] * (places - len(rows))
            connection.execute(self._statement(places), values)

    def _statement(self, places: int) -> str:
        statement = self._statements.get(places)
        if statement is None:
            one = f"({', '.join('?' * self._width)})"
            many = ", ".join([one] * places)
            statement = f"{self._head}{many}) WHERE column1 IS NOT NULL"
            self._statements[places] = statement
        return statement


def _places(rows: int) -> int:
    """For how many rows a statement is made that writes so many."""
    return -(-rows // _STEP) * _STEP if rows <= _FEW else 1 << (rows - 1).bit_length()
