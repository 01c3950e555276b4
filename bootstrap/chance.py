"""Randomness and names, from the operating system."""

import secrets
import time
from random import SystemRandom

from adapters.outbound import randomness
from adapters.outbound.webhook import signature
from domain.ids import RANDOM_BYTES, IdKind, new_id

KEY_BYTES = 32
_random = SystemRandom()


def fresh_id(kind: IdKind) -> str:
    """A new id of that kind."""
    return new_id(kind, time.time_ns() // 1_000_000, randomness.take(RANDOM_BYTES))


def luck() -> float:
    """A number in [0, 1)."""
    return _random.random()


def api_key() -> str:
    """32 random bytes as text."""
    return secrets.token_urlsafe(KEY_BYTES)


def webhook_secret() -> str:
    """A fresh signing secret."""
    return signature.new_secret(secrets.token_bytes(signature.SECRET_BYTES))
