"""The merchant or the customer does not want the payment any more."""

from dataclasses import dataclass
from functools import partial

from application.edit_payment import EditPayment
from application.ports import Clock, KeepPayment, NewId
from domain.ids import IdKind
from domain.merchant import Caller
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class CancelPayment:
    """Cancel at once, or note the wish while a push is, or may be, in front of the customer.

    The history keeps who wished it: the actor named, else the API client. Raises NotFound,
    IllegalTransition or what the store refuses.
    """

    edit: EditPayment
    clock: Clock
    new_id: NewId

    def __call__(
        self,
        caller: Caller,
        payment_id: str,
        keep: KeepPayment | None = None,
        *,
        actor: str | None = None,
    ) -> Payment:
        new_event_id = partial(self.new_id, IdKind.EVENT)
        return self.edit(
            caller,
            payment_id,
            lambda payment: payment.cancel(
                at=self.clock().at, new_event_id=new_event_id, actor=actor or caller.client_id
            ),
            keep,
        )
