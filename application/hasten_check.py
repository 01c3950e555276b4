"""Whoever looks at an unknown payment brings its next check forward."""

from dataclasses import dataclass
from datetime import timedelta

from application.edit_payment import EditPayment
from application.ports import Clock, FirstOf, KeepPayment, StalePayment
from domain import hinting
from domain.merchant import Caller
from domain.payment import Payment
from domain.rules import Rulebook


def everybody(_name: str, _within: timedelta) -> bool:
    """A FirstOf that spares nothing."""
    return True


@dataclass(frozen=True, slots=True)
class HastenCheck:
    """Have the wallet asked as soon as the rules allow; the payment is returned at once.

    Nothing is asked here: only the dispatcher speaks to the wallet. Raises NotFound or what the
    store refuses. `first_of` spares the store readers who come together; it is the store that
    judges.
    """

    edit: EditPayment
    clock: Clock
    rules: Rulebook
    first_of: FirstOf = everybody

    def __call__(self, caller: Caller, payment_id: str, keep: KeepPayment | None = None) -> Payment:
        return self.edit(
            caller,
            payment_id,
            lambda payment: hinting.hasten(
                payment, self.clock().at, self.rules.of(payment.order.provider)
            ),
            keep,
        )

    def sooner(self, payment: Payment) -> Payment:
        """The same for a payment that was just read; as it is if there is nothing to hasten."""
        rules = self.rules.of(payment.order.provider)
        change = hinting.hasten(payment, self.clock().at, rules)
        if change is None or not self.first_of(payment.id, rules.check_every):
            return payment
        try:
            self.edit.payments.save(change)
        except StalePayment:  # somebody took a step meanwhile: as good
            return self.edit.payments.get(payment.id)
        self.edit.signal.wake(payment.id)
        return change.payment
