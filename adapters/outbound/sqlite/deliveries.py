"""Deliveries in SQLite."""

# ruff: noqa: S608  only our own words are joined into statements: every value is bound

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

import orjson

from adapters.outbound.plain import from_instant, instant, optional_instant, optional_time
from adapters.outbound.sqlite.idempotency import Keeper
from adapters.outbound.sqlite.readers import Readers, Row
from adapters.outbound.sqlite.rows import Rows, many
from adapters.outbound.sqlite.writer import Writer
from application.ports import DeliveryRepository, Kept
from domain.webhook import Delivery, DeliveryStatus

_COLUMNS = (
    "due_at, status, tries, last_status, last_error, last_at, version,"
    " id, event_id, endpoint_id, merchant_id, livemode, created_at"
)
# Each statement lets other threads in between: a turn's worth of anything goes with one.
_ADDED = Rows("deliveries", _COLUMNS, otherwise="ON CONFLICT (id) DO NOTHING")
_STATE_COLUMNS = 8
_REPLACE = """
UPDATE deliveries INDEXED BY sqlite_autoindex_deliveries_1
SET due_at = told.column1, status = told.column2, tries = told.column3,
    last_status = told.column4, last_error = told.column5, last_at = told.column6,
    version = told.column7
FROM (VALUES {}) AS told
WHERE id = told.column8 AND version = told.column7 - 1
RETURNING id
"""
# The plus keeps SQLite from walking through all that waits.
_RELAY = """
UPDATE events SET relayed = 1
WHERE id IN (SELECT value FROM json_each(?)) AND +relayed = 0
RETURNING id
"""
# Leaps from endpoint to endpoint in the index of what is pending: however much waits for a dead
# endpoint, it costs one leap.
_ENDPOINTS_WITH_DUE = """
WITH RECURSIVE waiting (endpoint_id) AS (
    SELECT min(endpoint_id) FROM deliveries WHERE status = 'pending'
    UNION ALL
    SELECT (
        SELECT min(endpoint_id) FROM deliveries
        WHERE status = 'pending' AND endpoint_id > waiting.endpoint_id
    )
    FROM waiting WHERE waiting.endpoint_id IS NOT NULL
)
SELECT endpoint_id FROM waiting
WHERE EXISTS (
    SELECT 1 FROM deliveries
    WHERE status = 'pending' AND endpoint_id = waiting.endpoint_id AND due_at <= ?
)
"""
_DUE = f"""
SELECT {_COLUMNS} FROM deliveries
WHERE status = 'pending' AND endpoint_id = ? AND due_at <= ? ORDER BY due_at LIMIT ?
"""
_OF_EVENT = f"SELECT {_COLUMNS} FROM deliveries WHERE event_id = ? ORDER BY created_at, rowid"
_DROP_PENDING = """
UPDATE deliveries SET status = ?, last_error = ?, last_at = ?, version = version + 1
WHERE endpoint_id = ? AND status = 'pending'
"""


def drop_pending(connection: sqlite3.Connection, endpoint_id: str, why: str, at: datetime) -> None:
    """Give up what waits for this endpoint, inside the write that deletes it."""
    values = (DeliveryStatus.DROPPED.value, why, instant(at), endpoint_id)
    connection.execute(_DROP_PENDING, values)


def relay(
    connection: sqlite3.Connection, event_ids: Sequence[str], rows: Sequence[tuple[Delivery, Row]]
) -> Sequence[Delivery]:
    """Mark the events relayed and add the deliveries of those that were not; tells which."""
    asked = orjson.dumps(list(event_ids)).decode()
    ours = {event_id for (event_id,) in connection.execute(_RELAY, (asked,)).fetchall()}
    written = [(delivery, row) for delivery, row in rows if delivery.event_id in ours]
    _ADDED.add(connection, [row for _, row in written])
    return [delivery for delivery, _ in written]


@final
class SqliteDeliveries(DeliveryRepository):
    """One record for each (event, endpoint)."""

    def __init__(self, writer: Writer, readers: Readers, keeper: Keeper) -> None:
        self._writer = writer
        self._readers = readers
        self._keeper = keeper

    def relay(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        rows = [(delivery, delivery_row(delivery)) for delivery in deliveries]
        return self._writer.write(lambda connection: relay(connection, event_ids, rows))

    def add(self, deliveries: Sequence[Delivery], keep: Kept | None = None) -> None:
        rows = [delivery_row(delivery) for delivery in deliveries]
        keep_answer = self._keeper.prepare(keep)

        def write(connection: sqlite3.Connection) -> None:
            keep_answer(connection)
            _ADDED.add(connection, rows)

        self._writer.write(write)

    def due(
        self, at: datetime, *, busy: Mapping[str, int], per_endpoint: int, limit: int
    ) -> Sequence[Delivery]:
        until = instant(at)
        ranked: list[tuple[int, datetime, Delivery]] = []
        for (endpoint_id,) in self._readers.rows(_ENDPOINTS_WITH_DUE, (until,)):
            room = min(per_endpoint - busy.get(endpoint_id, 0), limit)
            if room > 0:
                rows = self._readers.rows(_DUE, (endpoint_id, until, room))
                ready = [_delivery(row) for row in rows]
                ranked += [(rank, delivery.due_at, delivery) for rank, delivery in enumerate(ready)]
        ranked.sort(key=lambda place: place[:2])
        return [delivery for *_, delivery in ranked[:limit]]

    def save_each(self, deliveries: Sequence[Delivery]) -> Sequence[bool]:
        if not deliveries:
            return []
        values, places = many([_state(delivery) for delivery in deliveries], _STATE_COLUMNS)
        statement = _REPLACE.format(places)
        written = self._writer.write(lambda c: c.execute(statement, values).fetchall())
        ours = {delivery_id for (delivery_id,) in written}
        return [delivery.id in ours for delivery in deliveries]

    def of_event(self, event_id: str) -> Sequence[Delivery]:
        return [_delivery(row) for row in self._readers.rows(_OF_EVENT, (event_id,))]


def _state(delivery: Delivery) -> tuple[object, ...]:
    return (
        instant(delivery.due_at),
        delivery.status.value,
        delivery.tries,
        delivery.last_status,
        delivery.last_error,
        optional_instant(delivery.last_at),
        delivery.version,
        delivery.id,
    )


def delivery_row(delivery: Delivery) -> tuple[object, ...]:
    """What relay() adds."""
    return (
        *_state(delivery),
        delivery.event_id,
        delivery.endpoint_id,
        delivery.merchant_id,
        delivery.livemode,
        instant(delivery.created_at),
    )


def _delivery(row: Row) -> Delivery:
    due_at, status, tries, last_status, last_error, last_at, version, *rest = row
    id_, event_id, endpoint_id, merchant_id, livemode, created_at = rest
    return Delivery(
        id=id_,
        event_id=event_id,
        endpoint_id=endpoint_id,
        merchant_id=merchant_id,
        livemode=bool(livemode),
        created_at=from_instant(created_at),
        due_at=from_instant(due_at),
        status=DeliveryStatus(status),
        tries=tries,
        last_status=last_status,
        last_error=last_error,
        last_at=optional_time(last_at),
        version=version,
    )
