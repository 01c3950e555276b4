"""DOKU's two signatures: the check sum in a payment's body, and the header of everything else."""

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime

SCHEME = "HMACSHA256="


def check_sum(*, amount: int, client_id: str, invoice: str, ovo_id: str, secret_key: str) -> str:
    """Lower-case hex of SHA-256 over the five, one after the other.

    Source: developers.doku.com, OVO push payment: its recipe. The check sum that the page prints
    does not follow from its own example, and is no vector.
    """
    return hashlib.sha256(f"{amount}{client_id}{invoice}{ovo_id}{secret_key}".encode()).hexdigest()


def header_signature(
    *,
    client_id: str,
    request_id: str,
    timestamp: str,
    target: str,
    secret_key: str,
    body: bytes | None = None,
) -> str:
    """The `Signature` header: `HMACSHA256=` and base64 over the components, one a line.

    `target` is the path that is hit: DOKU's of a request, ours of a notification. The digest is
    over the body's very bytes; a GET (None) has none. Source: developers.doku.com, signature
    component from request header (names, order, no line end after the last).
    """
    lines = [
        f"Client-Id:{client_id}",
        f"Request-Id:{request_id}",
        f"Request-Timestamp:{timestamp}",
        f"Request-Target:{target}",
    ]
    if body is not None:
        digest = b64encode(hashlib.sha256(body).digest()).decode("ascii")
        lines.append(f"Digest:{digest}")
    signed = "\n".join(lines).encode("utf-8", "surrogatepass")
    made = hmac.digest(secret_key.encode("ascii"), signed, "sha256")
    return SCHEME + b64encode(made).decode("ascii")


def is_signed(told: str, expected: str) -> bool:
    """Whether the two are one, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(told.encode("utf-8", "surrogatepass"), expected.encode("ascii"))


def request_timestamp(at: datetime) -> str:
    """`yyyy-MM-ddTHH:mm:ssZ`, in UTC (developers.doku.com)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_timestamp(told: str) -> datetime | None:
    """The moment of a `Request-Timestamp`, in UTC; None where it is none, or has no zone."""
    try:
        at = datetime.fromisoformat(told)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
