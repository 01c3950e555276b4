"""Claim the deliveries whose turn it is, and write down what the endpoints answered."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports import (
    Clock,
    DeliveryRepository,
    EndpointRepository,
    EventLog,
    Luck,
    NewId,
    NotFound,
    Parcel,
    StalePayment,
    TakePlace,
    always_room,
)
from domain.copying import replace
from domain.events import Event, EventType
from domain.ids import IdKind
from domain.webhook import (
    FAILING_FOR,
    Delivery,
    DeliveryAnswer,
    Endpoint,
    EndpointStatus,
)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What came of a parcel."""

    parcel: Parcel
    answer: DeliveryAnswer


@dataclass(frozen=True, slots=True)
class ClaimDeliveries:
    """Claim at most `room` due deliveries, fairly among endpoints.

    `busy` counts those in the process's hands by endpoint; `take` is asked for a place for each
    that is to be claimed, and what is not in the answer did not need it. A delivery whose endpoint
    is gone or disabled is dropped; one whose event cannot be read now is due again later, and holds
    up none.
    """

    deliveries: DeliveryRepository
    endpoints: EndpointRepository
    events: EventLog
    clock: Clock
    answer_within: timedelta
    per_endpoint: int

    def __call__(
        self, room: int, busy: Mapping[str, int], take: TakePlace = always_room
    ) -> Sequence[Parcel]:
        now = self.clock().at
        found = self.deliveries.due(now, busy=busy, per_endpoint=self.per_endpoint, limit=room)
        due = [delivery for delivery in found if take(delivery.endpoint_id)]
        if not due:
            return []
        targets: dict[str, Endpoint | None] = {}
        events = self.events.get_each([delivery.event_id for delivery in due])
        steps: list[Delivery] = []
        parcels: list[Parcel | None] = []
        for delivery in due:
            if delivery.endpoint_id not in targets:
                targets[delivery.endpoint_id] = self._target(delivery.endpoint_id)
            endpoint = targets[delivery.endpoint_id]
            event = events.get(delivery.event_id)
            if endpoint is None:
                steps.append(delivery.drop("the endpoint is gone or disabled", now))
                parcels.append(None)
            else:
                claimed = delivery.claim(now, self.answer_within)
                steps.append(claimed)
                parcels.append(Parcel(claimed, endpoint, event) if event else None)
        won = self.deliveries.save_each(steps)
        return [parcel for parcel, mine in zip(parcels, won, strict=True) if parcel and mine]

    def _target(self, endpoint_id: str) -> Endpoint | None:
        with suppress(NotFound):
            endpoint = self.endpoints.get(endpoint_id)
            if endpoint.status is EndpointStatus.ENABLED:
                return endpoint
        return None


@dataclass(frozen=True, slots=True)
class RecordDeliveries:
    """Write down answers, and disable an endpoint that is gone or has failed for five days."""

    deliveries: DeliveryRepository
    endpoints: EndpointRepository
    events: EventLog
    clock: Clock
    new_id: NewId
    luck: Luck

    def __call__(self, reports: Sequence[DeliveryReport]) -> None:
        now = self.clock().at
        self.deliveries.save_each(
            [r.parcel.delivery.record(r.answer, now, self.luck()) for r in reports]
        )
        latest = {report.parcel.endpoint.id: report for report in reports}
        for endpoint_id, report in latest.items():
            with suppress(NotFound, StalePayment):  # deleted, or a later answer will tell
                self._upkeep(self.endpoints.get(endpoint_id), report.answer, now)

    def _upkeep(self, endpoint: Endpoint, answer: DeliveryAnswer, now: datetime) -> None:
        if endpoint.status is not EndpointStatus.ENABLED:
            return
        if answer.accepted:
            if endpoint.failing_since:
                self._save(replace(endpoint, failing_since=None))
        elif answer.gone:
            self._disable(endpoint, "it answered 410 Gone", now)
        elif endpoint.failing_since is None:
            self._save(replace(endpoint, failing_since=now))
        elif now - endpoint.failing_since >= FAILING_FOR:
            self._disable(endpoint, f"it has failed for {FAILING_FOR.days} days", now)

    def _save(self, endpoint: Endpoint) -> None:
        self.endpoints.save(replace(endpoint, version=endpoint.version + 1))

    def _disable(self, endpoint: Endpoint, why: str, now: datetime) -> None:
        disabled = endpoint.disable(why)
        self.endpoints.save(disabled)
        self.events.add(
            Event(
                id=self.new_id(IdKind.EVENT),
                type=EventType.ENDPOINT_DISABLED,
                merchant_id=endpoint.merchant_id,
                livemode=endpoint.livemode,
                at=now,
                sequence=None,
                subject=disabled,
            )
        )
