"""Save what changed together with the deliveries of its events."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports import Outbox, Parcel, PaymentRepository, Telling
from application.relay_events import RelayEvents, heard
from domain.errors import LunasError
from domain.events import Event
from domain.payment import Change

_NOTHING_TO_TELL = Telling({}, ())


@dataclass(frozen=True, slots=True)
class TellAtOnce:
    """Save each change on its own, as PaymentRepository.save_each; a `SaveEach`.

    Where the store can, the deliveries of the events are written with them: no relay has to find
    the events, and what has a place in the outbox is claimed for this process and sent from there.
    Everything else is left to the relay, and to ClaimDeliveries.
    """

    payments: PaymentRepository
    relay: RelayEvents
    outbox: Outbox

    def __call__(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        try:
            telling, parcels = self._decide([e for change in changes for e in change.events])
        except Exception:  # noqa: BLE001  whoever was to hear of it, an outcome is written
            self.outbox.look()
            return self.payments.save_each(changes)
        told = False
        try:
            refusals, told = self.payments.save_told(changes, telling)
        finally:
            if told:
                self.outbox.send(parcels)
            else:
                for parcel in parcels:
                    self.outbox.leave_place(parcel.endpoint.id)
            if not told or len(parcels) < len(telling.deliveries):
                self.outbox.look()
        return refusals

    def _decide(self, events: Sequence[Event]) -> tuple[Telling, Sequence[Parcel]]:
        """The deliveries of these events, and those of them that this process is to make."""
        if not events:
            return _NOTHING_TO_TELL, []
        heads = [event.head for event in events]
        of = {event.id: event for event in events}
        judged = self.relay.hearers(heads)
        deliveries, parcels = [], []
        for head, endpoint in heard(heads, judged):
            delivery = self.relay.delivery(head, endpoint)
            if self.outbox.take_place(endpoint.id):
                delivery = delivery.claim(delivery.created_at, self.relay.answer_within)
                parcels.append(Parcel(delivery, endpoint, of[head.id]))
            deliveries.append(delivery)
        return Telling(judged, deliveries), parcels
