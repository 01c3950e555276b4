"""Deliveries in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from adapters.outbound.memory.state import State
from application.ports import DeliveryRepository, Kept
from domain.webhook import Delivery


@final
class MemoryDeliveries(DeliveryRepository):
    """One record for each (event, endpoint)."""

    def __init__(self, state: State) -> None:
        self._state = state

    def relay(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        return self._state.write(lambda: self._state.relay(event_ids, deliveries))

    def add(self, deliveries: Sequence[Delivery], keep: Kept | None = None) -> None:
        self._state.write(lambda: self._add(deliveries, keep))

    def due(
        self, at: datetime, *, busy: Mapping[str, int], per_endpoint: int, limit: int
    ) -> Sequence[Delivery]:
        ranked: list[tuple[int, datetime, str, Delivery]] = []
        with self._state.lock:
            for endpoint_id, waiting in self._state.pending.items():
                room = max(0, per_endpoint - busy.get(endpoint_id, 0))
                for rank, id_ in enumerate(waiting.oldest(at, room)):
                    delivery = self._state.deliveries[id_]
                    ranked.append((rank, delivery.due_at, id_, delivery))
        if not ranked:
            return []
        ranked.sort()
        return [delivery for _, _, _, delivery in ranked[: max(0, limit)]]

    def save_each(self, deliveries: Sequence[Delivery]) -> Sequence[bool]:
        return self._state.write(lambda: [self._replace(delivery) for delivery in deliveries])

    def of_event(self, event_id: str) -> Sequence[Delivery]:
        with self._state.lock:
            found = [d for d in self._state.deliveries.values() if d.event_id == event_id]
        return sorted(found, key=lambda delivery: delivery.created_at)

    # -- one write -------------------------------------------------------------------------------

    def _add(self, deliveries: Sequence[Delivery], keep: Kept | None) -> None:
        self._state.judge_kept(keep)
        self._state.add_deliveries(deliveries)
        self._state.keep(keep)

    def _replace(self, delivery: Delivery) -> bool:
        known = self._state.deliveries.get(delivery.id)
        if known is None or delivery.version != known.version + 1:
            return False
        self._state.put_delivery(delivery)
        return True
