"""What a patient's wishes do at Lunas. Each wish has one idempotency key, however often it is sent.

The key is made of what the patient saw: the order, and how many payments or pushes there had been.
A double click, a reload or an old page sends the same key again, and Lunas answers as it did.
"""

from contextlib import suppress
from dataclasses import dataclass

from examples.chat.lunas import Lunas, Refused
from examples.chat.store import Consultation, Store

ORDER = "chat-"
"""An order's id is this and the consultation's: one consultation is one order, for ever."""
PRICE = 50_000
"""Rupiah, a whole number."""
TOLD_BY_THE_PAGE = frozenset(
    {
        "attempts_exhausted",
        "concurrent_change",
        "idempotency_key_reused",
        "illegal_transition",
        "payment_unknown",
    }
)
"""Refusals that say that the page was out of date: showing how things stand answers them."""


class WrongPhone(Exception):
    """Lunas does not take this number."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """Starts, repeats and cancels payments. Raises Refused and WrongPhone. Never unlocks a chat.

    `keeps_phones`: the link to a simulated phone needs the whole number; nothing else does.
    """

    store: Store
    lunas: Lunas
    keeps_phones: bool

    def start(self, consultation: Consultation, phone: str, locale: str, number: int) -> None:
        """Start the consultation's payment; `number` counts its payments from 1."""
        order, key = ORDER + consultation.id, f"{consultation.id}-pay-{number}"
        try:
            payment = self.lunas.start(order, amount=PRICE, phone=phone, locale=locale, key=key)
        except Refused as refused:
            if "/phone" in refused.fields:
                raise WrongPhone from refused
            if refused.payment_id:  # order_in_progress, order_already_paid: go on with that one
                payment = self.lunas.payment(refused.payment_id)
            elif refused.code == "idempotency_key_reused":  # begun with another number: that one
                payment = self.lunas.newest_payment(order)
            else:
                raise
        else:
            self._keep_phone(consultation, phone)
        self.store.keep_payment(consultation.id, payment)

    def push(self, consultation: Consultation, phone: str | None, after: int) -> None:
        """Push again, to another number if one is given; `after` counts the pushes before."""
        if consultation.payment is None:
            return
        payment_id = consultation.payment["id"]
        key = f"{consultation.id}-push-{payment_id}-{after}"
        try:
            payment = self.lunas.push(payment_id, phone, key)
        except Refused as refused:
            if "/phone" in refused.fields:
                raise WrongPhone from refused
            raise
        self.store.keep_payment(consultation.id, payment)
        if phone is not None:
            self._keep_phone(consultation, phone)

    def cancel(self, consultation: Consultation) -> None:
        """Cancel the payment: at once, or as soon as a push that is out is settled."""
        if consultation.payment is None:
            return
        payment_id = consultation.payment["id"]
        payment = self.lunas.cancel(payment_id, f"{consultation.id}-cancel-{payment_id}")
        self.store.keep_payment(consultation.id, payment)

    def refresh(self, consultation: Consultation) -> None:
        """Ask how the payment stands: a webhook may be late. Without an answer, nothing changes."""
        if consultation.payment is not None and consultation.unlocked_at is None:
            with suppress(Refused):
                payment = self.lunas.payment(consultation.payment["id"])
                self.store.keep_payment(consultation.id, payment)

    def _keep_phone(self, consultation: Consultation, phone: str) -> None:
        if self.keeps_phones:
            self.store.keep_phone(consultation.id, phone)
