"""Find the attempts whose process died with the call in its hands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.confirm_payment import ConfirmPayment, Report
from application.ports import Clock, Heartbeats, PaymentRepository
from domain.outcome import Doubt, Unknown
from domain.payment import Payment, Status
from domain.provider import Provider

MISSING_AFTER = timedelta(seconds=10)
"""A worker whose heartbeat is this old holds nothing any more."""


@dataclass(frozen=True, slots=True)
class AbandonAttempts:
    """Call `unknown` what a lost worker left waiting, and what is past its answer deadline.

    `alone` says that no other worker can be alive (one of each on SQLite): every attempt that this
    worker did not claim is lost. Tells how many were found.
    """

    payments: PaymentRepository
    confirm: ConfirmPayment
    heartbeats: Heartbeats
    provider: Provider
    clock: Clock
    worker: str
    alone: bool

    def __call__(self, limit: int) -> int:
        now = self.clock().at
        lost = list(self.payments.stranded(self.provider.name, self._alive(), limit))
        seen = {payment.id for payment in lost}
        late = self.payments.due(
            self.provider.name, Status.AWAITING_CUSTOMER, now - self._grace(), limit
        )
        lost += [payment for payment in late if payment.id not in seen]
        reports = [report for payment in lost for report in self._report(payment)]
        held = self.confirm(reports)
        return len(reports) - len(held)

    def _alive(self) -> Sequence[str]:
        if self.alone:
            return [self.worker]
        heard = self.heartbeats.alive(self.heartbeats.now() - MISSING_AFTER)
        return [self.worker, *(beat.worker for beat in heard)]

    def _grace(self) -> timedelta:
        # The holder records at the answer deadline itself; only one that cannot is later than this.
        return self.provider.clocks.skew

    def _report(self, payment: Payment) -> Sequence[Report]:
        attempt = payment.live_attempt
        if attempt is None:
            return []
        lost = Unknown(Doubt.WORKER_LOST)
        return [Report(payment.id, attempt.id, lost, known=payment)]
