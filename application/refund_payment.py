"""Give money back, and let a person end what is given back by hand."""

from dataclasses import dataclass

from application.edit_payment import EditPayment
from application.ports import Clock, KeepPayment, NewId, PaymentRepository
from domain import refunding
from domain.merchant import Caller
from domain.money import Money
from domain.payment import Payment
from domain.rules import Rulebook
from domain.settling import Knowledge


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Ask for a refund; the dispatcher makes it where the wallet does, a person does otherwise.

    Never more than was paid goes back, under any concurrency: the sum is judged at the
    compare-and-set. The payment's last refund is the new one. Raises NotFound, IllegalTransition,
    PaymentIsUnknown, RefundExceedsPaid or what the store refuses.
    """

    edit: EditPayment
    clock: Clock
    rules: Rulebook
    new_id: NewId

    def __call__(
        self,
        caller: Caller,
        payment_id: str,
        amount: Money | None,
        *,
        reason: str,
        actor: str,
        keep: KeepPayment | None = None,
    ) -> Payment:
        return self.edit(
            caller,
            payment_id,
            lambda payment: refunding.request(
                payment,
                amount,
                reason=reason,
                actor=actor,
                known=Knowledge(
                    self.clock().at, self.rules.of(payment.order.provider), self.new_id
                ),
            ),
            keep,
        )


@dataclass(frozen=True, slots=True)
class CloseRefund:
    """A person says how a refund by hand ended.

    Raises NotFound, IllegalTransition or what the store refuses.
    """

    payments: PaymentRepository
    edit: EditPayment
    clock: Clock
    rules: Rulebook
    new_id: NewId

    def __call__(
        self,
        caller: Caller,
        refund_id: str,
        *,
        succeeded: bool,
        actor: str,
        reason: str,
        evidence: str,
        keep: KeepPayment | None = None,
    ) -> Payment:
        payment = self.payments.of_refund(refund_id)
        return self.edit(
            caller,
            payment.id,
            lambda payment: refunding.close(
                payment,
                refund_id,
                succeeded=succeeded,
                actor=actor,
                reason=reason,
                evidence=evidence,
                known=Knowledge(
                    self.clock().at, self.rules.of(payment.order.provider), self.new_id
                ),
            ),
            keep,
        )
