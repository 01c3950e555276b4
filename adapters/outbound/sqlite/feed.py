"""The payments in the order of their last change, in SQLite.

One writer at a time holds the lock until it has committed: a number is never seen before a smaller
one. Payments of one write may share a number; their rows are told apart by the rowid.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.sqlite.readers import Readers, Row
from adapters.outbound.sqlite.recent import Recent
from application.ports import Changes, PaymentFeed, Waiting
from domain.payment import Payment

NEXT_CHANGE = "SELECT coalesce(max(changed), 0) + 1 FROM payments"
"""The number of the change that is being written."""
_CHANGES = """
SELECT changed, rowid, id, version, body FROM payments INDEXED BY payments_changed
WHERE (changed, rowid) > (?, ?) ORDER BY changed, rowid LIMIT ?
"""
_WAITING = """
SELECT count(*) FROM (
    SELECT 1 FROM payments INDEXED BY payments_changed
    WHERE (changed, rowid) > (?, ?) ORDER BY changed, rowid LIMIT ?
)
"""
_HEAD = "SELECT max(changed) FROM payments"
_BEFORE_ALL = (-1, -1)


@final
class SqliteFeed(PaymentFeed):
    """Reads along the index of changes; a cursor is `number.rowid` of the last one seen."""

    def __init__(self, readers: Readers, codec: Codec, recent: Recent[Payment]) -> None:
        self._readers = readers
        self._codec = codec
        self._recent = recent

    def changes(self, after: str, limit: int) -> Changes:
        place = _place(after)
        rows = self._readers.rows(_CHANGES, (*place, limit))
        if not rows and self._lies_ahead(place):
            rows = self._readers.rows(_CHANGES, (*_BEFORE_ALL, limit))
        found = self._readable(rows)
        cursor = f"{rows[-1][0]}.{rows[-1][1]}" if rows else after
        return Changes(found, cursor, unreadable=len(rows) - len(found))

    def waiting(self, after: str, most: int) -> Waiting:
        place = _place(after)
        if self._lies_ahead(place):
            place = _BEFORE_ALL
        row = self._readers.row(_WAITING, (*place, most))
        assert row is not None
        first = self.changes(after, 1).payments if row[0] else ()
        return Waiting(int(row[0]), first[0].updated_at if first else None)

    def _readable(self, rows: Sequence[Row]) -> Sequence[Payment]:
        """One that was tampered with must not hold up the copies of all others."""
        recent = self._recent.take([id_ for _, _, id_, *_ in rows])
        found: list[Payment] = []
        for _, _, id_, version, body in rows:
            known = recent.get(id_)
            if known is not None and known.version == version:
                found.append(known)
                continue
            with suppress(Unreadable, KeyError, TypeError, ValueError):
                found.append(self._codec.decode_payment(body))
        return found

    def _lies_ahead(self, place: tuple[int, int]) -> bool:
        """Whether the store has not come that far: an older one has taken its place."""
        row = self._readers.row(_HEAD)
        return row is not None and place[0] > (row[0] or 0)


def _place(cursor: str) -> tuple[int, int]:
    number, _, rowid = cursor.partition(".")
    if number.isdecimal() and rowid.isdecimal():
        return int(number), int(rowid)
    return _BEFORE_ALL
