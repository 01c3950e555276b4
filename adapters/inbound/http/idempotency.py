"""One effect for one key, and the same answer to every repetition."""

import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, Protocol

from adapters.inbound.http.door import MakeFingerprint
from adapters.inbound.http.problems import Code, FieldError, Refusal
from adapters.inbound.http.recent import Recent, Said
from adapters.inbound.http.replies import Reply, reply
from application.ports import (
    AlreadyKept,
    Clock,
    Fingerprint,
    IdempotencyStore,
    Kept,
    QueueFull,
    StoreUnavailable,
)
from application.steps import Steps, finished
from domain.errors import LunasError
from domain.merchant import Caller

KEPT_FOR = timedelta(days=30)
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"')
_ESCAPED = re.compile(r"\\(.)")
_HEADER = "/Idempotency-Key"
_SEEN = 1 << 16
"""Places to remember a scope at."""
_MARKS = 65_535
Environ = Mapping[str, Any]


def key_of(environ: Environ) -> str:
    """The request's key, bare or quoted (RFC 8941 string); raises Refusal (400)."""
    text: str = environ.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if _QUOTED.fullmatch(text):
        text = _ESCAPED.sub(r"\1", text[1:-1])
    if not text:
        raise Refusal(
            Code.IDEMPOTENCY_KEY_MISSING, errors=[FieldError(_HEADER, "is required", "header")]
        )
    if not _KEY.fullmatch(text):
        wrong = FieldError(_HEADER, "must be 1 to 255 printable ASCII characters", "header")
        raise Refusal(Code.MALFORMED, errors=[wrong])
    return text


class Seal(Protocol):
    """Makes the answer that is kept with the effect; the last one made is the one sent."""

    def __call__(
        self,
        status: int,
        body: bytes,
        *,
        location: str | None = None,
        secret: bool = False,
        at: datetime | None = None,
    ) -> Kept:
        """The answer under this request's key, made at that time (now, if it is not known)."""


Effect = Steps[object]
"""Named once: a function within a function has its annotations made each time."""


@dataclass(slots=True)
class _Intent:
    """One idempotent request, and the answer sealed for it so far."""

    scope: str
    fingerprint: Fingerprint
    clock: Clock
    sealed: Kept | None = None

    def seal(
        self,
        status: int,
        body: bytes,
        *,
        location: str | None = None,
        secret: bool = False,
        at: datetime | None = None,
    ) -> Kept:
        headers = {"Location": location} if location else {}
        self.sealed = Kept(
            scope=self.scope,
            fingerprint=self.fingerprint,
            status=status,
            headers=headers,
            body=body,
            expires_at=(at or self.clock().at) + KEPT_FOR,
            secret=secret,
        )
        return self.sealed


class _Seen:
    """Which scopes this process has lately answered: a guess, by a byte or two of each one's hash.

    One that was forgotten, or was answered by another process, is found out by the write itself.
    """

    def __init__(self) -> None:
        self._marks = array("H", bytes(2 * _SEEN))

    def __contains__(self, scope: str) -> bool:
        place, mark = self._of(scope)
        return self._marks[place] == mark

    def add(self, scope: str) -> None:
        """From now on it is probably known."""
        place, mark = self._of(scope)
        self._marks[place] = mark

    @staticmethod
    def _of(scope: str) -> tuple[int, int]:
        number = hash(scope)
        return number % _SEEN, number // _SEEN % _MARKS + 1


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Runs an effect once for a (client, method, path, key)."""

    store: IdempotencyStore
    fingerprint: MakeFingerprint
    clock: Clock
    seen: _Seen = field(default_factory=_Seen)
    recent: Recent = field(default_factory=Recent)

    def again(self, environ: Environ, caller: Caller, key: str, said: Said) -> Reply | None:
        """The answer kept for this key, if this process lately heard the very same words under it.

        Who says the same means the same: neither meaning nor store has to be asked. None tells
        nothing.
        """
        kept = self.recent.find(_scope(environ, caller, key), said)
        if kept is None or kept.expires_at <= self.clock().at:
            return None
        return _replayed(kept)

    def once(
        self,
        environ: Environ,
        caller: Caller,
        key: str,
        meaning: bytes,
        effect: Callable[[Seal], object],
    ) -> Reply:
        """The answer of the effect, or the one kept from the first time.

        Raises Refusal (422) for another meaning under the same key, and what the effect raises.
        """

        def at_once(seal: Seal) -> Effect:
            yield from ()
            return effect(seal)

        return finished(self.steps(environ, caller, key, meaning, at_once))

    def steps(
        self,
        environ: Environ,
        caller: Caller,
        key: str,
        meaning: bytes,
        effect: Callable[[Seal], Effect],
        *,
        look_first: bool = True,
        said: Said | None = None,
    ) -> Steps[Reply]:
        """Like `once`, for an effect in steps.

        An effect that is cheap and nearly always new need not `look_first`, unless the scope was
        seen here before: its own write finds the kept answer, as it does for one sent twice at
        once. With what was `said`, the answer is remembered for `again`.
        """
        scope = _scope(environ, caller, key)
        looked = look_first or scope in self.seen
        earlier = self.store.find(scope) if looked else None
        self.seen.add(scope)
        if earlier is not None:
            return self._replay(earlier, meaning, said)
        intent = _Intent(scope, self.fingerprint(meaning, None), self.clock)
        try:
            yield None
            yield from effect(intent.seal)
        except AlreadyKept as used:
            return self._replay(used.kept, meaning, said)
        except LunasError as refused:
            # Perhaps it is refused because the same request, sent twice at once, has just won. And
            # an answer that is kept can be told though nothing can be written now.
            if looked and isinstance(refused, StoreUnavailable | QueueFull):
                raise
            earlier = self.store.find(scope)
            if earlier is None:
                raise
            return self._replay(earlier, meaning, said)
        assert intent.sealed is not None, "an effect seals its answer"
        if said is not None:
            self.recent.add(intent.sealed, said)
        return _sent(intent.sealed)

    def _replay(self, kept: Kept, meaning: bytes, said: Said | None) -> Reply:
        now = self.fingerprint(meaning, kept.fingerprint.key_id)
        if not compare_digest(now.digest, kept.fingerprint.digest):
            raise Refusal(Code.IDEMPOTENCY_KEY_REUSED)
        if said is not None:
            self.recent.add(kept, said)
        return _replayed(kept)


def _scope(environ: Environ, caller: Caller, key: str) -> str:
    return f"{caller.client_id} {environ['REQUEST_METHOD']} {environ['PATH_INFO']} {key}"


def _replayed(kept: Kept) -> Reply:
    answer = _sent(kept)
    answer.add("Idempotency-Replayed", "true")
    return answer


def _sent(kept: Kept) -> Reply:
    return reply(kept.body, status=kept.status, headers=kept.headers)
