"""Refunds in SNAP: what may go back, and what a repeated request means."""

from collections.abc import Callable
from datetime import datetime

from sandbox.acquirer.charge import Charge, Refund, RefundState, State
from sandbox.acquirer.life import REFUNDS_OF_A_CHARGE, Life
from sandbox.acquirer.wire import Answer
from sandbox.snap import fields
from sandbox.snap.cases import Case, SnapError

STATUS_OF_REFUNDS = {
    RefundState.PENDING: "03",
    RefundState.MADE: "00",
    RefundState.REFUSED: "06",
}


def refund_of(
    charge: Charge,
    body: dict[str, object],
    *,
    life: Life,
    again: str,
    check: Callable[[int], None],
    now: datetime,
) -> Refund:
    """Make the refund that the body asks for, or find it made. Raises SnapError.

    `check` raises SnapError for an amount that cannot go back now. The same reference and amount
    again is the same refund; another amount under it is inconsistent.
    """
    reference = fields.reference(body, "partnerRefundNo")
    amount = fields.rupiah(body, "refundAmount")
    reason = fields.perhaps_text(body, "reason", longest=256) or ""
    known = charge.refunds.get(reference)
    if known is not None:
        known.times_heard += 1
        if known.amount != amount or again == "inconsistent":
            raise SnapError(Case.INCONSISTENT, "partnerRefundNo")
        return known
    if charge.state is not State.PAID:
        raise SnapError(Case.INVALID_STATUS)
    check(amount)
    if not 0 < amount <= charge.amount - charge.promised_back:
        raise SnapError(Case.INVALID_AMOUNT)
    if len(charge.refunds) >= REFUNDS_OF_A_CHARGE:
        raise SnapError(Case.NOT_ALLOWED)
    return life.refund(charge, reference=reference, amount=amount, reason=reason, now=now)


def refund_answer(charge: Charge, refund: Refund, service: str) -> Answer:
    """What the request for a refund is answered."""
    if refund.state is RefundState.REFUSED:
        return Answer(Case.NOT_ALLOWED.status, Case.NOT_ALLOWED.head(service))
    pending = refund.state is RefundState.PENDING
    case = Case.IN_PROGRESS if pending else Case.SUCCESSFUL
    told: dict[str, object] = {
        "originalPartnerReferenceNo": charge.reference,
        "originalReferenceNo": charge.handle,
        "refundNo": refund.number,
        "partnerRefundNo": refund.reference,
        "refundAmount": fields.written_rupiah(refund.amount),
        "refundTime": fields.written_time(refund.settled_at or refund.asked_at),
    }
    return Answer(case.status, case.head(service) | told)


def refund_history(charge: Charge) -> list[dict[str, object]]:
    """The refunds of a charge as a status check tells them."""
    return [
        {
            "refundNo": refund.number,
            "partnerRefundNo": refund.reference,
            "refundAmount": fields.written_rupiah(refund.amount),
            "refundStatus": STATUS_OF_REFUNDS[refund.state],
            "refundDate": fields.written_time(refund.settled_at or refund.asked_at),
            "reason": refund.reason,
        }
        for refund in charge.refunds.values()
    ]
