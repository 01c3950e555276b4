"""How Xendit gives money back: a void of the same day, refunds in part, and what became of them."""

from collections.abc import Callable
from datetime import datetime, time

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.followups import VOID
from sandbox.acquirer.life import REFUNDS_OF_A_CHARGE, Life
from sandbox.acquirer.wire import Answer, Inbound
from sandbox.answers import JAKARTA
from sandbox.xendit.messages import refund_told
from sandbox.xendit.plan import XenditPlan
from sandbox.xendit.requests import RefusedError, invalid, json_object, reference_of

_LAST_VOID = time(23, 50)


class GivingBack:
    """The operations on a paid charge. Each raises RefusedError."""

    def __init__(
        self,
        *,
        life: Life,
        plan: Callable[[], XenditPlan],
        told: Callable[[Charge], dict[str, object]],
    ) -> None:
        self._life = life
        self._plan = plan
        self._told = told

    def void(self, charge: Charge, now: datetime) -> Answer:
        """Give all of it back, the same day before 23:50 in Jakarta."""
        charge.follow_ups[VOID] += 1
        here = now.astimezone(JAKARTA)
        if charge.state is not State.VOIDED:
            paid_at = charge.paid_at
            if charge.state is not State.PAID or charge.refunds or paid_at is None:
                raise RefusedError(400, "INELIGIBLE_TRANSACTION", "only what is paid, and wholly")
            if paid_at.astimezone(JAKARTA).date() != here.date() or here.time() >= _LAST_VOID:
                raise RefusedError(400, "INELIGIBLE_TRANSACTION", "only the same day until 23:50")
            self._life.void(charge, now)
        return Answer(200, self._told(charge))

    def refund(self, charge: Charge, inbound: Inbound, now: datetime) -> Answer:
        """Give some of it back, within 14 days."""
        charge.follow_ups["refund"] += 1
        body = json_object(inbound.body)
        key = inbound.header("idempotency-key")
        reference = reference_of(body) if "reference_id" in body or not key else key
        known = charge.refunds.get(reference)
        left = charge.amount - charge.promised_back
        amount = body.get("amount", left if known is None else known.amount)
        if type(amount) is not int or amount < 0:
            raise invalid("amount: a whole number of rupiah")
        if known is not None:
            known.times_heard += 1
            if known.amount != amount:
                raise RefusedError(409, "DUPLICATE_ERROR", "reference_id has been used already")
            return Answer(200, refund_told(charge, known))
        self._check_refund(charge, amount, now)
        reason = str(body.get("reason", ""))
        made = self._life.refund(charge, reference=reference, amount=amount, reason=reason, now=now)
        return Answer(200, refund_told(charge, made))

    def _check_refund(self, charge: Charge, amount: int, now: datetime) -> None:
        paid_at = charge.paid_at
        late = paid_at is not None and now - paid_at > self._plan().refund_within
        full = len(charge.refunds) >= REFUNDS_OF_A_CHARGE
        if charge.state is not State.PAID or late or full:
            raise RefusedError(400, "INELIGIBLE_TRANSACTION", "this charge takes no refund now")
        if not 0 < amount <= charge.amount - charge.promised_back:
            raise RefusedError(400, "MAXIMUM_REFUND_AMOUNT_REACHED", "more than is left")

    def refunds(self, charge: Charge, number: str | None) -> Answer:
        """One refund by its number, or all of them; the form of the list is invented."""
        refunds = [r for r in charge.refunds.values() if number in {None, r.number}]
        if number is None:
            data = [refund_told(charge, refund) for refund in refunds]
            return Answer(200, {"data": data, "has_more": False})
        if not refunds:
            raise RefusedError(404, "DATA_NOT_FOUND", "there is no such refund")
        return Answer(200, refund_told(charge, refunds[0]))
