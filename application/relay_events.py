"""Turn events into deliveries: one for each endpoint that hears them."""

from dataclasses import dataclass

from application.ports import Clock, DeliveryRepository, EndpointRepository, EventLog, NewId
from domain.events import EventHead
from domain.ids import IdKind
from domain.webhook import Delivery, Endpoint


@dataclass(frozen=True, slots=True)
class RelayEvents:
    """Relay at most `limit` events, the oldest first; tells how many it took."""

    events: EventLog
    deliveries: DeliveryRepository
    endpoints: EndpointRepository
    clock: Clock
    new_id: NewId

    def __call__(self, limit: int) -> int:
        events = self.events.unrelayed(limit)
        if not events:
            return 0
        heard: dict[tuple[str, bool], list[Endpoint]] = {}
        deliveries = []
        for event in events:
            owner = (event.merchant_id, event.livemode)
            if owner not in heard:
                heard[owner] = list(
                    self.endpoints.of_merchant(event.merchant_id, livemode=event.livemode)
                )
            deliveries += [
                self.delivery(event, endpoint)
                for endpoint in heard[owner]
                if endpoint.hears(event.type)
            ]
        self.deliveries.relay([event.id for event in events], deliveries)
        return len(events)

    def delivery(self, event: EventHead, endpoint: Endpoint) -> Delivery:
        """A fresh delivery of this event, due at once."""
        now = self.clock().at
        return Delivery(
            id=self.new_id(IdKind.DELIVERY),
            event_id=event.id,
            endpoint_id=endpoint.id,
            merchant_id=event.merchant_id,
            livemode=event.livemode,
            created_at=now,
            due_at=now,
        )
