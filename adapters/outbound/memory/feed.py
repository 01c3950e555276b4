"""The payments in the order of their last change, in memory."""

from itertools import takewhile
from typing import final

from adapters.outbound.memory.state import State
from application.ports import Changes, PaymentFeed, Waiting


@final
class MemoryFeed(PaymentFeed):
    """Each change has a number; a cursor is the number of the last one seen."""

    def __init__(self, state: State) -> None:
        self._state = state

    def changes(self, after: str, limit: int) -> Changes:
        state = self._state
        with state.lock:
            first = self._number(after)
            ids = self._since(first)[:limit]
            last = state.changed[ids[-1]] if ids else first
            return Changes([state.payments[id_] for id_ in ids], str(last))

    def waiting(self, after: str, most: int) -> Waiting:
        state = self._state
        with state.lock:
            ids = self._since(self._number(after))[:most]
            return Waiting(len(ids), state.payments[ids[0]].updated_at if ids else None)

    def _since(self, number: int) -> list[str]:
        """Whose last change came after it, the first one first."""
        newest_first = reversed(self._state.changed.items())
        found = [id_ for id_, _ in takewhile(lambda change: change[1] > number, newest_first)]
        return found[::-1]

    def _number(self, cursor: str) -> int:
        number = int(cursor) if cursor.isdecimal() else 0
        return number if number <= self._state.changes else 0
