"""End what has waited too long, where nothing is out at the wallet."""

from dataclasses import dataclass
from functools import partial

from application.ports import Clock, NewId, PaymentRepository, WorkSignal
from domain.ids import IdKind
from domain.payment import Status
from domain.provider import Provider


@dataclass(frozen=True, slots=True)
class ExpirePayments:
    """Expire at most `limit` payments that wait for their customer; tells how many were."""

    payments: PaymentRepository
    provider: Provider
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def __call__(self, limit: int) -> int:
        now = self.clock().at
        due = self.payments.due(self.provider.name, Status.REQUIRES_RETRY, now, limit)
        ids = partial(self.new_id, IdKind.EVENT)
        decided = [payment.expire(at=now, new_event_id=ids) for payment in due]
        changes = [change for change in decided if change]
        refusals = self.payments.save_each(changes) if changes else []
        ended = [c for c, refusal in zip(changes, refusals, strict=True) if refusal is None]
        for change in ended:
            self.signal.wake(change.payment.id)
        return len(ended)
