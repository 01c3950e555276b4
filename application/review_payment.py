"""A person decides what the wallet could not tell."""

from dataclasses import dataclass

from application.edit_payment import EditPayment
from application.ports import Clock, KeepPayment, NewId, PaymentRepository
from domain import reviewing
from domain.exception_record import Action
from domain.merchant import Caller
from domain.payment import Payment
from domain.reviewing import Verdict
from domain.rules import Rulebook
from domain.settling import Knowledge


@dataclass(frozen=True, slots=True)
class ResolvePayment:
    """Say that an unknown payment was paid, or was not.

    Raises NotFound, IllegalTransition, PaymentIsUnknown while something may still be on its way to
    the wallet, or what the store refuses.
    """

    edit: EditPayment
    clock: Clock
    rules: Rulebook
    new_id: NewId

    def __call__(
        self,
        caller: Caller,
        payment_id: str,
        *,
        paid: bool,
        verdict: Verdict,
        keep: KeepPayment | None = None,
    ) -> Payment:
        now = self.clock()
        return self.edit(
            caller,
            payment_id,
            lambda payment: reviewing.resolve(
                payment,
                paid=paid,
                verdict=verdict,
                now=now,
                known=Knowledge(now.at, self.rules.of(payment.order.provider), self.new_id),
            ),
            keep,
        )


@dataclass(frozen=True, slots=True)
class CloseException:
    """End an exception with one of the actions that fit it.

    Raises NotFound, IllegalTransition, OrderTaken (a late success is honoured while another payment
    holds the order), what ResolvePayment raises, or what the store refuses.
    """

    payments: PaymentRepository
    edit: EditPayment
    clock: Clock
    rules: Rulebook
    new_id: NewId

    def __call__(
        self,
        caller: Caller,
        exception_id: str,
        action: Action,
        *,
        verdict: Verdict,
        keep: KeepPayment | None = None,
    ) -> Payment:
        payment = self.payments.of_exception(exception_id)
        now = self.clock()
        known = Knowledge(now.at, self.rules.of(payment.order.provider), self.new_id)
        return self.edit(
            caller,
            payment.id,
            lambda payment: reviewing.close(
                payment, exception_id, action, verdict=verdict, now=now, known=known
            ),
            keep,
        )
