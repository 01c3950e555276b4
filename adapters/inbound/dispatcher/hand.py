"""The deliveries in hand: counted for the threads that claim them, sent by the loop."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import final

from adapters.inbound.dispatcher.wake import Alarm
from application.ports import Outbox, Parcel


@final
@dataclass(slots=True)
class Hand(Outbox):
    """At most `width()` deliveries, with a share of `per_endpoint` for each endpoint at most.

    `alarm` wakes the lane that claims what waits in the store. While that is not at work nobody is
    given a place.
    """

    width: Callable[[], int]
    per_endpoint: int
    alarm: Alarm = field(default_factory=Alarm)
    _held: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)
    _given: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _begin: Callable[[Sequence[Parcel]], None] | None = None

    # -- for any thread --------------------------------------------------------------------------

    def take_place(self, endpoint_id: str) -> bool:
        with self._lock:
            held = self._held
            full = held.total() >= self.width() or held[endpoint_id] >= self.per_endpoint
            if full or not self._given:
                return False
            held[endpoint_id] += 1
            return True

    def leave_place(self, endpoint_id: str) -> None:
        with self._lock:
            self._held[endpoint_id] -= 1
            if not self._held[endpoint_id]:
                del self._held[endpoint_id]

    def send(self, parcels: Sequence[Parcel]) -> None:
        if parcels and self._loop is not None and self._begin is not None:
            self._loop.call_soon_threadsafe(self._begin, parcels)

    def look(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.alarm.ring)

    # -- for the lane ----------------------------------------------------------------------------

    def begin(self, begin: Callable[[Sequence[Parcel]], None]) -> None:
        """From now on places are given, and `begin` is called on this loop with what is sent."""
        self._loop, self._begin, self._given = asyncio.get_running_loop(), begin, True

    def end(self) -> None:
        """From now on no place is given."""
        self._given = False

    def count(self) -> Counter[str]:
        """How many are in hand, by endpoint."""
        with self._lock:
            return Counter(self._held)
