"""Tokens of providers in memory."""

from typing import final

from adapters.outbound.memory.state import State
from application.ports import KeptToken, KeptTokens, TokenKey


@final
class MemoryTokens(KeptTokens):
    """The tokens of one process, for as long as it lives."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, key: TokenKey) -> KeptToken | None:
        with self._state.lock:
            return self._state.tokens.get(key)

    def put(self, kept: KeptToken) -> bool:
        return self._state.write(lambda: self._put(kept))

    def drop(self, key: TokenKey) -> None:
        self._state.write(lambda: self._state.tokens.pop(key, None))

    def _put(self, kept: KeptToken) -> bool:
        found = self._state.tokens.get(kept.key)
        if (0 if found is None else found.version) != kept.version - 1:
            return False
        self._state.tokens[kept.key] = kept
        return True
