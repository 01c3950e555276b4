"""The customer wants the push: the first one, once more, or on another number."""

from dataclasses import dataclass

from application.edit_payment import EditPayment
from application.ports import Clock, KeepPayment
from domain.merchant import Caller
from domain.msisdn import Msisdn
from domain.payment import Payment
from domain.rules import Rulebook


@dataclass(frozen=True, slots=True)
class RequestPush:
    """Make a payment due to be pushed, on this number or the one it has.

    Raises NotFound, InvalidValue, IllegalTransition, PaymentIsUnknown, Cooldown, AttemptsExhausted,
    OpenException or what the store refuses.
    """

    edit: EditPayment
    clock: Clock
    rules: Rulebook

    def __call__(
        self, caller: Caller, payment_id: str, phone: Msisdn | None, keep: KeepPayment | None
    ) -> Payment:
        return self.edit(
            caller,
            payment_id,
            lambda payment: payment.ask_again(
                phone, at=self.clock().at, rules=self.rules.of(payment.order.provider)
            ),
            keep,
        )
