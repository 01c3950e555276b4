"""Many rows of one table by one statement."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
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
        self,
        table: str,
        columns: str,
        *,
        always: Mapping[str, str] = MappingProxyType({}),
        otherwise: str = "",
    ) -> None:
        """`columns` are names with commas between; the first of them is never null.

        `always` are further columns with what SQL writes into each, `otherwise` is what is done
        about a conflict.
        """
        self._width = columns.count(",") + 1
        names = ", ".join([columns, *always])
        values = ", ".join([f"column{n}" for n in range(1, self._width + 1)] + [*always.values()])
        self._head = f"INSERT INTO {table} ({names}) SELECT {values} FROM (VALUES "
        self._tail = f") WHERE column1 IS NOT NULL {otherwise}"

    def add(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Add them all; tells how many were added.

        Raises sqlite3.IntegrityError, and then none of them is added.
        """
        if not rows:
            return 0
        values, places = many(rows, self._width)
        return connection.execute(f"{self._head}{places}{self._tail}", values).rowcount


def many(rows: Sequence[Row], width: int) -> tuple[list[object], str]:
    """The values of these rows and the places for them, of which the last may begin with null.

    A few sizes are enough, so that SQLite prepares each but once. What is left is filled with
    zeros: for None, Python looks each time whether it adapts to SQL.
    """
    size = _size(len(rows))
    values = [value for row in rows for value in row]
    values += [None, *[0] * (width - 1)] * (size - len(rows))
    return values, _places(size, width)


def _size(rows: int) -> int:
    """For how many rows a statement is made that writes so many."""
    return -(-rows // _STEP) * _STEP if rows <= _FEW else 1 << (rows - 1).bit_length()


@lru_cache(maxsize=64)
def _places(size: int, width: int) -> str:
    return ", ".join([f"({', '.join('?' * width)})"] * size)
