"""Kept answers in memory."""

from datetime import datetime
from typing import final

from adapters.outbound.memory.state import State
from application.ports import IdempotencyStore, Kept


@final
class MemoryIdempotency(IdempotencyStore):
    """The answers kept; the stores of the effects write them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def find(self, scope: str) -> Kept | None:
        with self._state.lock:
            return self._state.find_kept(scope)

    def keep(self, kept: Kept) -> None:
        self._state.write(lambda: self._keep(kept))

    def forget(self, before: datetime) -> int:
        return self._state.write(lambda: self._forget(before))

    def _keep(self, kept: Kept) -> None:
        self._state.judge_kept(kept)
        self._state.keep(kept)

    def _forget(self, before: datetime) -> int:
        expired = [kept.scope for kept in self._state.kept.values() if kept.expires_at < before]
        for scope in expired:
            del self._state.kept[scope]
        return len(expired)
