"""What this process wrote last: who sends or copies it at once need not read and open it again."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, final

from domain.events import Event
from domain.payment import Change, Payment

MOST_RECENT = 1_024
"""Of a kind, about 3 KiB each: more than a busy dispatcher writes before it copies them."""

Item = TypeVar("Item")


@final
class Recent(Generic[Item]):
    """Keeps each by its id until it is taken, or until MOST_RECENT others came after it."""

    def __init__(self) -> None:
        self._kept: dict[str, Item] = {}
        self._lock = threading.Lock()

    def add(self, written: Mapping[str, Item]) -> None:
        """Keep what is durable now, in place of what had the same id."""
        with self._lock:
            self._kept.update(written)
            while len(self._kept) > MOST_RECENT:
                del self._kept[next(iter(self._kept))]

    def take(self, ids: Sequence[str]) -> dict[str, Item]:
        """Those of them that are kept, by id; they are kept no longer."""
        with self._lock:
            return {id_: self._kept.pop(id_) for id_ in ids if id_ in self._kept}


@final
@dataclass(frozen=True, slots=True)
class Written:
    """The payments and events of the last changes."""

    payments: Recent[Payment] = field(default_factory=Recent)
    events: Recent[Event] = field(default_factory=Recent)

    def add(self, changes: Sequence[Change]) -> None:
        """Keep what is durable now."""
        self.payments.add({change.payment.id: change.payment for change in changes})
        self.events.add({event.id: event for change in changes for event in change.events})
