"""One step of one payment at the wish of its merchant."""

from collections.abc import Callable
from dataclasses import dataclass

from application.ports import (
    IdempotencyStore,
    KeepPayment,
    NotFound,
    PaymentRepository,
    StalePayment,
    WorkSignal,
    WriteUnconfirmed,
)
from domain.merchant import Caller
from domain.payment import Change, Payment

MOST_ROUNDS = 8
"""How often the step is decided anew because somebody else was quicker."""


def owned(payments: PaymentRepository, caller: Caller, payment_id: str) -> Payment:
    """The caller's payment; another merchant's or mode's is NotFound like one that is not there."""
    payment = payments.get(payment_id)
    if payment.merchant_id != caller.merchant_id or payment.livemode != caller.livemode:
        raise NotFound
    return payment


@dataclass(frozen=True, slots=True)
class EditPayment:
    """Read, decide, compare-and-set; on a conflict read and decide again.

    A step that changes nothing keeps the answer alone. Raises what the step raises, NotFound,
    StalePayment after MOST_ROUNDS, or what the store refuses.
    """

    payments: PaymentRepository
    kept: IdempotencyStore
    signal: WorkSignal

    def __call__(
        self,
        caller: Caller,
        payment_id: str,
        step: Callable[[Payment], Change | None],
        keep: KeepPayment | None = None,
    ) -> Payment:
        for _ in range(MOST_ROUNDS):
            payment = owned(self.payments, caller, payment_id)
            change = step(payment)
            if change is None:
                if keep:
                    self.kept.keep(keep(payment))
                return payment
            try:
                self.payments.save(change, keep(change.payment) if keep else None)
            except StalePayment:
                continue
            except WriteUnconfirmed:
                if self.payments.get(payment_id) != change.payment:
                    raise
            self.signal.wake(payment_id)
            return change.payment
        raise StalePayment
