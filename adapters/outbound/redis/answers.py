"""A cache of kept answers before the store that keeps them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring, Unreadable
from adapters.outbound.redis.line import RedisLine
from application.ports import IdempotencyStore, Kept

CACHED_FOR = timedelta(minutes=10)
"""A caller repeats within seconds. Short, so that a restored backup is not told of its future."""
_KEY = "lunas:answer:"


@final
class CachedAnswers(IdempotencyStore):
    """Tells again, from Redis, what the store told once; the store alone writes and judges.

    What lies in Redis is sealed and bound to its scope, under a keyed hash of it: whatever does not
    open, or is another request's, or is over, counts as nothing. An answer that holds a secret is
    never put there. `now` is read at every answer: a clock of the process, not one far away.
    """

    def __init__(
        self,
        inner: IdempotencyStore,
        line: RedisLine,
        codec: Codec,
        keyring: Keyring,
        now: Callable[[], datetime],
    ) -> None:
        self._inner = inner
        self._line = line
        self._codec = codec
        self._keyring = keyring
        self._now = now

    def find(self, scope: str) -> Kept | None:
        key = _KEY + self._keyring.fingerprint(_bound(scope).encode()).digest
        cached = self._line.ask(lambda redis: redis.get(key), None)
        if isinstance(cached, bytes) and (kept := self._opened(cached, scope)):
            return kept
        found = self._inner.find(scope)
        if found is not None and not found.secret:
            self._put(key, found)
        return found

    def keep(self, kept: Kept) -> None:
        self._inner.keep(kept)

    def forget(self, before: datetime) -> int:
        return self._inner.forget(before)

    def _put(self, key: str, kept: Kept) -> None:
        rest = min(kept.expires_at - self._now(), CACHED_FOR)
        if rest < timedelta(milliseconds=1):
            return
        sealed = self._keyring.seal(self._codec.encode_kept(kept), _bound(kept.scope))
        self._line.ask(lambda redis: redis.set(key, sealed, px=rest), None)

    def _opened(self, cached: bytes, scope: str) -> Kept | None:
        with suppress(Unreadable, UnicodeDecodeError):
            data = self._keyring.unseal(cached.decode("ascii"), _bound(scope))
            kept = self._codec.decode_kept(data)
            if kept.scope == scope and kept.expires_at > self._now():
                return kept
        return None


def _bound(scope: str) -> str:
    return f"cached answer {scope}"
