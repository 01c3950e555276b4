"""Counters in memory."""

from typing import final

from adapters.outbound.memory.state import State
from application.ports import Sequences


@final
class MemorySequences(Sequences):
    """Counters that never go back, for as long as the process lives."""

    def __init__(self, state: State) -> None:
        self._state = state

    def take(self, scope: str, count: int) -> int:
        if count < 1:
            raise ValueError("at least one number must be taken")
        return self._state.write(lambda: self._take(scope, count))

    def skip(self, multiple: int) -> int:
        if multiple < 1:
            raise ValueError("the multiple must be at least 1")
        return self._state.write(lambda: self._skip(multiple))

    # -- one write -------------------------------------------------------------------------------

    def _take(self, scope: str, count: int) -> int:
        first = self._state.sequences.get(scope, 0)
        self._state.sequences[scope] = first + count
        return first

    def _skip(self, multiple: int) -> int:
        counters = self._state.sequences
        for scope, following in counters.items():
            counters[scope] = (following // multiple + 1) * multiple
        return len(counters)
