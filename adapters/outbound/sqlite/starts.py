"""New payments of many callers, written together: one statement for each table."""

import sqlite3
from collections.abc import Sequence

from adapters.outbound.plain import instant
from adapters.outbound.sqlite.feed import NEXT_CHANGE
from adapters.outbound.sqlite.idempotency import KEPT
from adapters.outbound.sqlite.rows import Row, Rows
from domain.events import EventType
from domain.payment import Change, Status

_PAYMENTS = Rows(
    "payments",
    "id, merchant_id, livemode, order_id, provider, created_at, due_at, phone_hash, body",
    always={
        "released": "''",
        "status": f"'{Status.PENDING.value}'",
        "worker": "NULL",
        "ask_at": "NULL",
        "late": "0",
        "exceptions": "0",
        "version": "1",
        "changed": f"({NEXT_CHANGE})",
    },
)
_EVENTS = Rows(
    "events",
    "id, merchant_id, livemode, at, payment_id, body",
    always={"type": f"'{EventType.CREATED.value}'", "sequence": "1", "refund_id": "NULL"},
)

Start = tuple[Row | None, Row, Row]
"""The kept answer, the payment and its first event."""


def is_start(change: Change) -> bool:
    """Whether the change is a payment's first and no more, so that `write_starts` can write it."""
    payment = change.payment
    if payment.version != 1 or payment.status is not Status.PENDING:
        return False
    if payment.attempts or payment.refunds or payment.exceptions or len(change.events) != 1:
        return False
    event = change.events[0]
    return event.type is EventType.CREATED and event.subject is payment and event.sequence == 1


def start(change: Change, phone_hash: str | None, encoded: bytes, answer: Row | None) -> Start:
    """The rows of such a change, `encoded` being its payment."""
    payment, event = change.payment, change.events[0]
    order, due_at = payment.order, payment.due_at
    body = bytearray(encoded)  # bytes would first be asked what they adapt to, which takes longer
    created_at, livemode = instant(payment.created_at), int(payment.livemode)
    return (
        answer,
        (
            payment.id,
            payment.merchant_id,
            livemode,
            order.order_id,
            order.provider,
            created_at,
            due_at and instant(due_at),
            phone_hash,
            body,
        ),
        (event.id, payment.merchant_id, livemode, instant(event.at), payment.id, body),
    )


def write_starts(connection: sqlite3.Connection, starts: Sequence[Start]) -> None:
    """Write them all, or raise for whatever is there already."""
    KEPT.add(connection, [answer for answer, _, _ in starts if answer is not None])
    _PAYMENTS.add(connection, [payment for _, payment, _ in starts])
    _EVENTS.add(connection, [event for _, _, event in starts])
