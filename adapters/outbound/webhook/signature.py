"""Standard Webhooks signatures (https://www.standardwebhooks.com, symmetric scheme v1)."""

import base64
import hmac
from collections.abc import Sequence
from functools import lru_cache

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret(randomness: bytes) -> str:
    """`whsec_` and the base64 of 24 to 64 random bytes."""
    return PREFIX + base64.b64encode(randomness).decode()


def signature(secrets: Sequence[str], event_id: str, unix_seconds: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,` entry for each secret, separated by spaces."""
    signed = f"{event_id}.{unix_seconds}.".encode() + body
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in secrets)


def _mac(secret: str, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


@lru_cache(maxsize=256)
def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
