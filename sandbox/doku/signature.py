"""DOKU's two ways to sign: a check sum in the body, and an HMAC over headers and digest."""

import base64
import hashlib
import hmac

PREFIX = "HMACSHA256="


def check_sum(*, amount: int, client_id: str, invoice: str, ovo_id: str, secret: str) -> str:
    """Lower-case hex SHA-256 of the five in a row.

    DOKU's page prints a value that does not follow from its own recipe; the recipe is kept.
    """
    text = f"{amount}{client_id}{invoice}{ovo_id}{secret}"
    return hashlib.sha256(text.encode()).hexdigest()


def signature(
    *,
    client_id: str,
    request_id: str,
    timestamp: str,
    target: str,
    body: bytes | None,
    secret: str,
) -> str:
    """The Signature header; None is a request without a body, which has no Digest line."""
    lines = [
        f"Client-Id:{client_id}",
        f"Request-Id:{request_id}",
        f"Request-Timestamp:{timestamp}",
        f"Request-Target:{target}",
    ]
    if body is not None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        lines.append(f"Digest:{digest}")
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    mac = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return PREFIX + base64.b64encode(mac).decode()


def is_same(right: str, given: str) -> bool:
    """Whether two signatures are the same, in constant time."""
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "surrogateescape"))
