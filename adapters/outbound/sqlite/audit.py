"""Everything that is stored, page by page: for whoever judges whether it can all be true."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.plain import instant
from adapters.outbound.sqlite.readers import Readers
from application.invariants import Sheet, Told
from domain.events import EventType

_PAGE = "SELECT id, body FROM payments WHERE id > ? ORDER BY id LIMIT ?"
_ONE = "SELECT id, body FROM payments WHERE id = ?"
_COUNT = "SELECT count(*) FROM payments"
_WAITING = "SELECT count(*) FROM payments WHERE ask_at IS NOT NULL AND ask_at <= ?"
_SEVERAL = """
SELECT merchant_id, livemode, order_id FROM payments INDEXED BY payments_by_order
WHERE (merchant_id, livemode, order_id) > (?, ?, ?)
GROUP BY merchant_id, livemode, order_id HAVING count(*) > 1
ORDER BY merchant_id, livemode, order_id LIMIT ?
"""
_OF_ORDER = """
SELECT id, body FROM payments WHERE merchant_id = ? AND livemode = ? AND order_id = ? LIMIT ?
"""
_EVENTS = "SELECT id, payment_id, type, sequence FROM events WHERE payment_id IN ({})"
_OWNERS = "SELECT key, attempt_id FROM used_references WHERE key IN ({})"
MOST_OF_AN_ORDER = 1_000
_MOST_VALUES = 900
"""Bound values of one statement, which SQLite bounds too."""


@final
class SqliteAudit:
    """Reads without deciding anything, beside whoever writes."""

    def __init__(self, readers: Readers, codec: Codec) -> None:
        self._readers = readers
        self._codec = codec

    def count(self) -> int:
        """How many payments there are."""
        rows = self._readers.rows(_COUNT)
        return int(str(rows[0][0]))

    def waiting(self, at: datetime) -> int:
        """How many payments were to be asked about by then."""
        rows = self._readers.rows(_WAITING, (instant(at),))
        return int(str(rows[0][0]))

    def sheets(self, size: int) -> Iterator[Sheet]:
        """All payments, the oldest first, so many at a time."""
        after = ""
        while rows := self._readers.rows(_PAGE, (after, size)):
            after = rows[-1][0]
            yield self._opened(rows)

    def orders_of_several(self, size: int) -> Iterator[Sheet]:
        """The payments of each order that has more than one."""
        after: Sequence[object] = ("", 0, "")
        while orders := self._readers.rows(_SEVERAL, (*after, size)):
            after = orders[-1]
            for order in orders:
                yield self._opened(self._readers.rows(_OF_ORDER, (*order, MOST_OF_AN_ORDER)))

    def fresh(self, payment_id: str) -> Sheet:
        """One payment, as it is now."""
        return self._opened(self._readers.rows(_ONE, (payment_id,)))

    def told(self, payment_ids: Sequence[str]) -> Sequence[Told]:
        """The events of these payments; each is told to the relay in the write that made it."""
        rows = [row for some in _some(payment_ids) for row in self._rows_in(_EVENTS, some)]
        return [
            Told(id_, payment_id, EventType(type_), int(sequence), relayed=True)
            for id_, payment_id, type_, sequence in rows
        ]

    def owners(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Whose attempt each of these references is, by the record of references used."""
        return {key: owner for some in _some(keys) for key, owner in self._rows_in(_OWNERS, some)}

    def _rows_in(self, question: str, values: Sequence[str]) -> Sequence[Sequence[str]]:
        return self._readers.rows(question.format(", ".join("?" * len(values))), values)

    def _opened(self, rows: Sequence[Sequence[object]]) -> Sheet:
        payments, unreadable = [], []
        for id_, body in rows:
            try:
                assert isinstance(body, bytes)
                payments.append(self._codec.decode_payment(body))
            except (Unreadable, KeyError, TypeError, ValueError):
                unreadable.append(str(id_))
        return Sheet(payments, unreadable)


def _some(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _MOST_VALUES):
        yield values[start : start + _MOST_VALUES]
