"""Turn events into deliveries: one for each endpoint that hears them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.ports import (
    Clock,
    DeliveryRepository,
    EndpointRepository,
    EventLog,
    NewId,
    Parcel,
    TakePlace,
    always_room,
)
from domain.events import EventHead
from domain.ids import IdKind
from domain.webhook import Delivery, Endpoint

Owner = tuple[str, bool]
"""A merchant, and whether in live mode."""
_NONE_BUSY: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Relayed:
    """What a turn took: so many events, and the deliveries of them that this process must make."""

    events: int
    parcels: Sequence[Parcel]


@dataclass(frozen=True, slots=True)
class RelayEvents:
    """Relay at most `limit` events, the oldest first, and claim the deliveries that find room.

    Of `room` deliveries each endpoint has `per_endpoint` at most, less those `busy` with it; `take`
    is asked for a place for each, and what is not in the answer did not need it. What
    finds none is due at once, and what is claimed by a process that dies is due again later, both
    for ClaimDeliveries.
    """

    events: EventLog
    deliveries: DeliveryRepository
    endpoints: EndpointRepository
    clock: Clock
    new_id: NewId
    answer_within: timedelta
    per_endpoint: int

    def __call__(
        self,
        limit: int,
        room: int = 0,
        busy: Mapping[str, int] = _NONE_BUSY,
        take: TakePlace = always_room,
    ) -> Relayed:
        heads = self.events.unrelayed(limit)
        if not heads:
            return Relayed(0, ())
        held = dict(busy)
        claimed: dict[str, Endpoint] = {}
        deliveries = []
        for head, endpoint in heard(heads, self.hearers(heads)):
            delivery = self.delivery(head, endpoint)
            places = held.get(endpoint.id, 0)
            free = len(claimed) < room and places < self.per_endpoint
            if free and take(endpoint.id):
                delivery = delivery.claim(delivery.created_at, self.answer_within)
                claimed[delivery.id] = endpoint
                held[endpoint.id] = places + 1
            deliveries.append(delivery)
        written = self.deliveries.relay([head.id for head in heads], deliveries)
        return Relayed(len(heads), self._parcels(written, claimed))

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

    def hearers(self, heads: Sequence[EventHead]) -> Mapping[Owner, Sequence[Endpoint]]:
        """All endpoints of every owner of these events."""
        owners = {(head.merchant_id, head.livemode) for head in heads}
        return {owner: self.endpoints.of_merchant(owner[0], livemode=owner[1]) for owner in owners}

    def _parcels(
        self, written: Sequence[Delivery], claimed: Mapping[str, Endpoint]
    ) -> Sequence[Parcel]:
        # Read after the write: an event that cannot be read must not hold up the others.
        mine = [delivery for delivery in written if delivery.id in claimed]
        events = self.events.get_each([delivery.event_id for delivery in mine]) if mine else {}
        return [
            Parcel(delivery, claimed[delivery.id], event)
            for delivery in mine
            if (event := events.get(delivery.event_id))
        ]


def heard(
    heads: Sequence[EventHead], hearers: Mapping[Owner, Sequence[Endpoint]]
) -> Sequence[tuple[EventHead, Endpoint]]:
    """Each event with each endpoint that hears it."""
    return [
        (head, endpoint)
        for head in heads
        for endpoint in hearers[head.merchant_id, head.livemode]
        if endpoint.hears(head.type)
    ]
