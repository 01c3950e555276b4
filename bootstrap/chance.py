"""Randomness and names, from the operating system."""

import secrets
import time
from random import SystemRandom
from threading import Lock

from adapters.outbound import randomness
from adapters.outbound.webhook import signature
from domain.ids import RANDOM_BYTES, IdKind, id_of

KEY_BYTES = 32
_random = SystemRandom()
_FREE_BITS = 62
"""The lowest bits of an id, which no mark of its version lies in."""
_LARGEST_STEP = 1 << 32
_MOST_BEHIND_MS = 1_000
_one_at_a_time = Lock()
_last_ms, _last_noise = 0, 0


def fresh_id(kind: IdKind) -> str:
    """A new id of that kind; those of this process rise, so that what they name keeps its order."""
    return id_of(kind, *_rising(time.time_ns() // 1_000_000))


def _rising(unix_ms: int) -> tuple[int, int]:
    """A time and randomness above those of the id before (RFC 9562, section 6.2, method 2).

    Two events of one change are told in the same millisecond, and lists are sorted by id. After a
    clock was set back, ids begin anew at the new time.
    """
    global _last_ms, _last_noise
    noise = int.from_bytes(randomness.take(RANDOM_BYTES))
    with _one_at_a_time:
        if 0 <= _last_ms - unix_ms < _MOST_BEHIND_MS:
            unix_ms, noise = _last_ms, _last_noise + 1 + noise % _LARGEST_STEP
            if (noise ^ _last_noise) >> _FREE_BITS:  # the free bits are used up
                unix_ms, noise = _last_ms + 1, noise % _LARGEST_STEP
        _last_ms, _last_noise = unix_ms, noise
    return unix_ms, noise


def luck() -> float:
    """A number in [0, 1)."""
    return _random.random()


def api_key() -> str:
    """32 random bytes as text."""
    return secrets.token_urlsafe(KEY_BYTES)


def webhook_secret() -> str:
    """A fresh signing secret."""
    return signature.new_secret(secrets.token_bytes(signature.SECRET_BYTES))
