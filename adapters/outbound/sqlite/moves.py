"""Steps of many payments by a few statements."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from adapters.outbound.sqlite.events import TOLD
from adapters.outbound.sqlite.feed import NEXT_CHANGE
from adapters.outbound.sqlite.rows import Row, Rows, many

_ANY_LATE = "SELECT 1 FROM payments INDEXED BY payments_late WHERE late = 1 LIMIT 1"
# SQLite writes every index anew of which a column is set, changed or not: the ones that hardly a
# step changes are compared instead, and a step that changes one is no usual one.
_MOVE = f"""
UPDATE payments INDEXED BY sqlite_autoindex_payments_1
SET status = told.column2, due_at = told.column3, worker = told.column4,
    version = told.column9, body = told.column10, changed = ({NEXT_CHANGE})
FROM (VALUES {{}}) AS told
WHERE id = told.column11 AND version = told.column9 - 1
    AND released = told.column1 AND phone_hash IS told.column5 AND ask_at IS told.column6
    AND late = told.column7 AND exceptions = told.column8
"""
_STATE_COLUMNS = 11
_USED = Rows(
    "used_references", "key, attempt_id, payment_id", otherwise="ON CONFLICT (key) DO NOTHING"
)


class UnusualMoveError(Exception):
    """One of the steps has to be written on its own, or is refused: that way tells."""


@final
@dataclass(frozen=True, slots=True)
class Move:
    """A step of a payment that is there, as rows; `state` as its table keeps it.

    `used` are references that nobody else may have, `proofs` those that another may have first.
    """

    state: Row
    told: Sequence[Row]
    used: Sequence[Row]
    proofs: Sequence[Row]
    claims: bool


def write_moves(connection: sqlite3.Connection, moves: Sequence[Move]) -> None:
    """Write them all; raises UnusualMoveError or sqlite3.IntegrityError, and is to be undone then.

    Each call of SQLite's lets other threads in: this takes four or five, however many the steps.
    """
    if any(move.claims for move in moves) and connection.execute(_ANY_LATE).fetchone():
        raise UnusualMoveError("some order may be on hold")
    rows, places = many([move.state for move in moves], _STATE_COLUMNS)
    if connection.execute(_MOVE.format(places), rows).rowcount < len(moves):
        raise UnusualMoveError("a step changes more, or somebody was quicker")
    TOLD.add(connection, [row for move in moves for row in move.told])
    used = [row for move in moves for row in move.used]
    if _USED.add(connection, used) < len(used):
        raise UnusualMoveError("a reference was used before")
    _USED.add(connection, [row for move in moves for row in move.proofs])
