"""Who asks, and who told: Basic authentication out, the signature key of a notification in."""

import hashlib
import hmac
from base64 import b64encode


def authorization(server_key: str) -> str:
    """The `Authorization` header: the server key as user name, no password.

    Source: docs.midtrans.com, API authorization and headers.
    """
    return "Basic " + b64encode(f"{server_key}:".encode("ascii")).decode("ascii")


def signature_key(*, order_id: str, status_code: str, gross_amount: str, server_key: str) -> str:
    """Lower-case hex of SHA-512 over the four, each as the very text of the notification.

    It covers neither `transaction_status` nor anything else. Source: docs.midtrans.com, HTTP(S)
    notification.
    """
    signed = f"{order_id}{status_code}{gross_amount}{server_key}"
    return hashlib.sha512(signed.encode("utf-8", "surrogatepass")).hexdigest()


def is_signed(told: str, expected: str) -> bool:
    """Whether the two are one, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(told.encode("utf-8", "surrogatepass"), expected.encode("ascii"))
