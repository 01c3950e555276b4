"""Records as documents: the codec's plain form, and beside it the fields that are looked for."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, final
from zlib import crc32

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo.connection import Document
from adapters.outbound.plain import (
    Plain,
    from_instant,
    instant,
    optional_instant,
    optional_time,
)
from adapters.outbound.sealed import FORMAT
from domain.events import Event, EventHead, EventType
from domain.payment import Payment, Status
from domain.webhook import Delivery, DeliveryStatus

SHARDS = 1_024
"""Slices of all ids, shared out among the workers."""
_TYPES = {type_.value: type_ for type_ in EventType}
_Record = TypeVar("_Record")


def shard_of(record_id: str) -> int:
    """Which slice the record is in: the same for ever, and by chance."""
    return crc32(record_id.encode()) % SHARDS


def opened(what: str, plain: Plain, read: Callable[[Plain], _Record]) -> _Record:
    """The record; raises Unreadable for one that was altered or written by a newer Lunas."""
    try:
        newer = plain["v"] > FORMAT
        if not newer:
            return read(plain)
    except (ValueError, KeyError, TypeError, IndexError) as problem:
        raise Unreadable(f"a {what} was altered: {type(problem).__name__}") from None
    raise Unreadable(f"a {what} was written by a newer Lunas; this one cannot read it")


@final
class Told:
    """Numbers events in the order in which this process tells them.

    They are microseconds of the server's clock as it was last measured, so that the events, and the
    changes, of several processes are in order too, whatever their own clocks say.
    """

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._last = 0
        self._zero = time.time_ns() // 1_000 - time.monotonic_ns() // 1_000

    def __call__(self) -> int:
        """The next number."""
        with self._door:
            self._last = max(self._last + 1, self._zero + time.monotonic_ns() // 1_000)
            return self._last

    def measure(self, server: datetime) -> None:
        """The server's clock, read just before."""
        with self._door:
            self._zero = instant(server) - time.monotonic_ns() // 1_000


# -- payments -------------------------------------------------------------------------------------


def payment_body(codec: Codec, payment: Payment) -> Plain:
    """The payment as it is stored."""
    return _stored(codec.payment_to_plain(payment))


def payment_of(codec: Codec, document: Mapping[str, Any]) -> Payment:
    """The payment of a document; raises Unreadable."""
    body = document.get("body")
    if not isinstance(body, dict):
        raise Unreadable("a payment was altered: it has no body")
    return opened("payment", body, lambda plain: codec.payment_from_plain(_plain(plain)))


def readable(codec: Codec, documents: Sequence[Document]) -> list[Payment]:
    """One record that was tampered with must not stop all others; if none opens, it is told."""
    found: list[Payment] = []
    refused: Unreadable | None = None
    for document in documents:
        try:
            found.append(payment_of(codec, document))
        except Unreadable as unreadable:
            refused = unreadable
    if refused and not found:
        raise refused
    return found


def payment_origin(payment: Payment) -> Document:
    """What never changes."""
    return {
        "merchant_id": payment.merchant_id,
        "livemode": payment.livemode,
        "order_id": payment.order.order_id,
        "provider": payment.order.provider,
        "created_at": instant(payment.created_at),
        "shard": shard_of(payment.id),
    }


def payment_state(codec: Codec, payment: Payment, body: Plain) -> Document:
    """What each change sets; None for a field that is not to be there."""
    awaited = payment.status is Status.AWAITING_CUSTOMER
    attempt = payment.live_attempt
    references = [key for a in payment.attempts for key in a.references.unique]
    parts = [refund.id for refund in payment.refunds]
    parts += [record.id for record in payment.exceptions]
    return {
        "version": payment.version,
        "status": payment.status.value,
        "live_order": payment.order.order_id if payment.live_order else None,
        "due_at": optional_instant(payment.due_at),
        "ask_at": optional_instant(payment.ask_at),
        "worker": attempt.worker if attempt and awaited and attempt.held else None,
        "phone_hash": None if payment.phone is None else codec.phone_hash(payment.phone),
        "late": payment.has_open_late_success or None,
        "exceptions": _exceptions(payment),
        "references": references or None,
        "parts": parts or None,
        "body": body,
    }


def claims(payment: Payment, events: Sequence[Event]) -> bool:
    """Whether the change writes down a new attempt: nothing else begins to await the customer."""
    return (
        payment.status is Status.AWAITING_CUSTOMER
        and any(attempt.held for attempt in payment.attempts)
        and any(event.type is EventType.AWAITING_CUSTOMER for event in events)
    )


def charges_of(payment: Payment) -> list[Document]:
    """Each proof of a charge, and whose it is."""
    return [
        {"proof": attempt.evidence, "attempt": attempt.id}
        for attempt in payment.attempts
        if attempt.evidence is not None
    ]


def _exceptions(payment: Payment) -> int | None:
    """None without exceptions, 1 when all are closed, 2 while one is open."""
    if not payment.exceptions:
        return None
    return 2 if any(record.open for record in payment.exceptions) else 1


def _stored(plain: Plain) -> Plain:
    # The names are the merchant's: as keys of a document not all of them may stand.
    order = plain["order"]
    return plain | {"order": order | {"metadata": [[k, v] for k, v in order["metadata"].items()]}}


def _plain(stored: Plain) -> Plain:
    order = stored["order"]
    return stored | {"order": order | {"metadata": dict(order["metadata"])}}


# -- events ---------------------------------------------------------------------------------------


def event_to_stored(codec: Codec, event: Event, number: int, body: Plain | None = None) -> Plain:
    """An event as its payment's document holds it; `body` is its subject, where that is stored."""
    if isinstance(event.subject, Payment):
        plain = codec.event_to_plain(event, body or payment_body(codec, event.subject))
        return plain | {"number": number, "payment_id": event.subject.id}
    return codec.event_to_plain(event) | {"number": number}


def event_document(stored: Plain, **more: Any) -> Document:
    """The same as a document of its own."""
    rest = {name: value for name, value in stored.items() if name != "id"}
    return {"_id": stored["id"], **rest, **more}


def event_of(codec: Codec, stored: Plain) -> Event:
    """The event, from either form; raises Unreadable."""
    return opened("event", stored, lambda plain: codec.event_from_plain(_told(plain)))


def head_of(stored: Plain) -> EventHead:
    """Its head, from either form."""
    id_ = stored["id"] if "id" in stored else stored["_id"]
    return EventHead(id_, _TYPES[stored["type"]], stored["merchant"], stored["live"])


def _told(stored: Plain) -> Plain:
    plain = stored if "id" in stored else stored | {"id": stored["_id"]}
    if plain["about"] == "payment":
        return plain | {"subject": _plain(plain["subject"])}
    return plain


# -- deliveries -----------------------------------------------------------------------------------


def delivery_document(delivery: Delivery) -> Document:
    """The delivery; `pending` is when it is due, and only there while it is pending."""
    document: Document = {
        "_id": delivery.id,
        "event_id": delivery.event_id,
        "endpoint_id": delivery.endpoint_id,
        "merchant_id": delivery.merchant_id,
        "livemode": delivery.livemode,
        "created_at": instant(delivery.created_at),
        "shard": shard_of(delivery.id),
        **delivery_state(delivery),
    }
    if delivery.status is DeliveryStatus.PENDING:
        document["pending"] = instant(delivery.due_at)
    return document


def delivery_state(delivery: Delivery) -> Document:
    """What each of its steps sets."""
    return {
        "due_at": instant(delivery.due_at),
        "status": delivery.status.value,
        "tries": delivery.tries,
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "last_at": optional_instant(delivery.last_at),
        "version": delivery.version,
    }


def delivery_of(document: Mapping[str, Any]) -> Delivery:
    """What delivery_document was given."""
    return Delivery(
        id=document["_id"],
        event_id=document["event_id"],
        endpoint_id=document["endpoint_id"],
        merchant_id=document["merchant_id"],
        livemode=document["livemode"],
        created_at=from_instant(document["created_at"]),
        due_at=from_instant(document["due_at"]),
        status=DeliveryStatus(document["status"]),
        tries=document["tries"],
        last_status=document["last_status"],
        last_error=document["last_error"],
        last_at=optional_time(document["last_at"]),
        version=document["version"],
    )
