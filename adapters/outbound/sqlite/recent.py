"""The events that this process wrote last: who sends them at once need not read them again."""

import threading
from collections.abc import Iterable, Sequence
from typing import final

from domain.events import Event

MOST_RECENT = 512
"""Events kept, about 3 KiB each."""


@final
class RecentEvents:
    """Keeps each event until it is taken, or until MOST_RECENT others came after it."""

    def __init__(self) -> None:
        self._kept: dict[str, Event] = {}
        self._lock = threading.Lock()

    def add(self, events: Iterable[Event]) -> None:
        """Keep what is durable now."""
        with self._lock:
            self._kept.update((event.id, event) for event in events)
            for oldest in list(self._kept)[: max(0, len(self._kept) - MOST_RECENT)]:
                del self._kept[oldest]

    def take(self, event_ids: Sequence[str]) -> dict[str, Event]:
        """Those of them that are kept, by id; they are kept no longer."""
        with self._lock:
            return {id_: self._kept.pop(id_) for id_ in event_ids if id_ in self._kept}
