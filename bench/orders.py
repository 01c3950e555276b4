"""The payments that the load asks for: like those of a chat, never the same twice."""

from collections.abc import Iterator
from itertools import count
from uuid import uuid4

from bench.load import post

PATH = "/v1/payments"
AMOUNT = 50_000
_KEY_WIDTH = 54


def usual_phone(number: int) -> str:
    """A number outside the sandbox's magic ones."""
    return f"0855{number % 100_000_000:08}"


def order(order_id: str, phone: str) -> dict[str, object]:
    """The body of a create, with everything that a chat usually sends."""
    return {
        "order_id": order_id,
        "amount": AMOUNT,
        "phone": phone,
        "description": "Konsultasi chat",
        "customer": {"id": "p-123", "locale": "id"},
        "metadata": {"room": "8812"},
    }


def create(order_id: str, phone: str, key: str, **more: object) -> bytes:
    """One create as bytes; a server without keys gets one of the same length."""
    secret = key or "x" * _KEY_WIDTH
    body = order(order_id, phone) | more
    return post(PATH, body, key=secret, idempotency_key=f"key-{order_id}")


def creates(key: str) -> Iterator[bytes]:
    """Creates without end, of orders that nobody else has."""
    tag = uuid4().hex[:8]
    for number in count():
        yield create(f"{tag}-{number}", usual_phone(number), key)
