"""Refunds of the Payments API: one becomes bytes, bytes become an outcome. Pure."""

from adapters.outbound.fields import Fields
from adapters.outbound.verdicts import CONCLUSIVE, Decision, Verdict, concluded, mismatch
from adapters.outbound.xendit.api import PAYMENT_REQUESTS
from adapters.outbound.xendit.codes import REFUNDS, Operation
from adapters.outbound.xendit.messages import handle_of, refused, written
from application.ports import Charge, RefundOrder
from domain.outcome import Approved, Doubt, Outcome, Unknown

HANDLE = PAYMENT_REQUESTS.handle


def refund_body(payment_request_id: str, refund: RefundOrder) -> bytes:
    """A refund, whole or partial. The merchant's reason stays here: it may speak of a complaint."""
    return written(
        payment_request_id=payment_request_id,
        reference_id=refund.refund_id,
        amount=refund.amount.rupiah,
        currency="IDR",
        reason="OTHERS",
    )


def refund_outcome(charge: Charge, refund: RefundOrder, body: bytes) -> Outcome:
    """What the answer to a refund says; one that is made later is PENDING until it is."""
    answer = Fields.parse(body)
    if answer is None:
        return Unknown(Doubt.GARBAGE)
    if answer.word("status") is None or answer.get("error_code") is not None:
        return refused(Operation.REFUND, answer)
    return _of_refund(charge, refund, answer)


def refund_check_outcome(charge: Charge, refund: RefundOrder, body: bytes) -> Outcome:
    """What the payment request's refunds say of ours, by its reference; NOT_FOUND where none is."""
    listed, whole = Fields.parse_list(body), Fields.parse(body) or Fields({})
    if listed is None:
        return refused(Operation.REFUND_CHECK, whole)
    ours = [item for item in listed if item.get("reference_id") == refund.refund_id]
    if len(ours) > 1:
        return concluded(Decision(Verdict.DUPLICATE), "listed twice")
    if ours:
        return _of_refund(charge, refund, ours[0])
    more = whole.get("has_more") is True
    return concluded(Decision(Verdict.NO_ANSWER if more else Verdict.NOT_FOUND), "not listed")


def _of_refund(charge: Charge, refund: RefundOrder, answer: Fields) -> Outcome:
    status, failure = answer.word("status") or "", answer.word("failure_code") or ""
    told = f"{status} {failure}".strip()
    decision = REFUNDS.get(status, Decision(Verdict.NO_ANSWER))
    if decision.verdict in CONCLUSIVE and not _is_ours(charge, refund, answer):
        return mismatch(told)
    if decision.verdict is Verdict.APPROVED:
        number = answer.word("id")
        return Approved(told, {"refund_number": number} if number else {})
    return concluded(decision, told)


def _is_ours(charge: Charge, refund: RefundOrder, answer: Fields) -> bool:
    currency, asked = answer.get("currency"), handle_of(PAYMENT_REQUESTS, charge)
    return (
        answer.get("reference_id") == refund.refund_id
        and answer.whole("amount") == refund.amount.rupiah
        and (currency is None or currency == "IDR")
        and (asked is None or answer.get(HANDLE) == asked)
    )
