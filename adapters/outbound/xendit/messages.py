"""Our words into Xendit's and back: a charge becomes bytes, bytes become an outcome. Pure.

The Payments API, because it alone can be asked by our reference and names each refund; the older
e-wallet API (/ewallets/charges) can be asked by Xendit's id only.
"""

import json
from collections.abc import Mapping

from adapters.outbound.fields import Fields
from adapters.outbound.verdicts import CONCLUSIVE, Decision, Verdict, concluded, mismatch
from adapters.outbound.xendit.codes import REFUNDS, Operation, by_error, by_status
from application.ports import Charge, RefundOrder
from domain.errors import InvalidValue
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Doubt, Outcome, Unknown

PROVIDER = "xendit"
HANDLE = "payment_request_id"
"""By what name a payment request's id is kept."""
_CHANNEL = "OVO"
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)

# -- what we say ----------------------------------------------------------------------------------


def reference(charge: Charge) -> str:
    """Our reference, by which Xendit knows the charge."""
    return str(charge.references.shown["reference"])


def charge_body(charge: Charge) -> bytes:
    """A one-time payment by OVO; raises InvalidValue without a phone.

    The number is E.164: Xendit refuses 08… and +6208… (docs.xendit.co, OVO; xendit-java issue 93).
    """
    if charge.phone is None:
        raise InvalidValue("phone", "is needed to charge an OVO wallet through Xendit")
    number = "+62" + charge.phone.digits.removeprefix("0")
    wallet = {"channel_code": _CHANNEL, "channel_properties": {"mobile_number": number}}
    return _written(
        reference_id=reference(charge),
        amount=charge.amount.rupiah,
        currency="IDR",
        country="ID",
        payment_method={"type": "EWALLET", "reusability": "ONE_TIME_USE", "ewallet": wallet},
    )


def refund_body(payment_request_id: str, refund: RefundOrder) -> bytes:
    """A refund, whole or partial. The merchant's reason stays here: it may speak of a complaint."""
    return _written(
        payment_request_id=payment_request_id,
        reference_id=refund.refund_id,
        amount=refund.amount.rupiah,
        currency="IDR",
        reason="OTHERS",
    )


def _written(**fields: object) -> bytes:
    return _WRITER.encode(fields).encode("ascii")


# -- what they say --------------------------------------------------------------------------------


def outcome(operation: Operation, charge: Charge, body: bytes) -> Outcome:
    """What the answer to a charge, or to a question by Xendit's id, means for the money."""
    answer = Fields.parse(body)
    return Unknown(Doubt.GARBAGE) if answer is None else said(operation, charge, answer)


def listed_outcome(charge: Charge, body: bytes) -> Outcome:
    """What the payment requests of our reference say; NOT_FOUND where the list is empty."""
    listed = Fields.parse_list(body)
    if listed is None:
        return outcome(Operation.STATUS, charge, body)
    ours = [item for item in listed if item.get("reference_id") == reference(charge)]
    if len(ours) > 1:
        return concluded(Decision(Verdict.DUPLICATE), "listed twice")
    if ours:
        return said(Operation.STATUS, charge, ours[0])
    # A list of others is no answer to what was asked.
    return concluded(Decision(Verdict.NO_ANSWER if listed else Verdict.NOT_FOUND), "not listed")


def said(operation: Operation, charge: Charge, answer: Fields) -> Outcome:
    """What a payment request, or the payment of a webhook, says of that charge.

    A word that would conclude something is believed only of our own charge.
    """
    status = answer.word("status")
    if status is None or answer.get("error_code") is not None:
        code = answer.word("error_code")
        return (
            Unknown(Doubt.GARBAGE) if code is None else concluded(by_error(operation, code), code)
        )
    failure = answer.word("failure_code")
    decision = by_status(status, failure)
    told = f"{status} {failure or ''}".strip()
    if decision.verdict in CONCLUSIVE and not _is_ours(operation, charge, answer):
        return mismatch(told)
    match decision.verdict:
        case Verdict.APPROVED:
            return _approved(operation, answer, told)
        case Verdict.ACCEPTED:
            name = _name(operation, answer)
            step = CustomerStep(NextAction.APPROVE_IN_OVO_APP)
            return Accepted(told, {HANDLE: name} if name else {}, step)
        case _:
            return concluded(decision, told)


def refund_outcome(charge: Charge, refund: RefundOrder, body: bytes) -> Outcome:
    """What the answer to a refund says; one that is made later is PENDING until it is."""
    answer = Fields.parse(body)
    if answer is None:
        return Unknown(Doubt.GARBAGE)
    if answer.word("status") is None or answer.get("error_code") is not None:
        code = answer.word("error_code")
        refused = code and concluded(by_error(Operation.REFUND, code), code)
        return refused or Unknown(Doubt.GARBAGE)
    return _of_refund(charge, refund, answer)


def refund_check_outcome(charge: Charge, refund: RefundOrder, body: bytes) -> Outcome:
    """What the payment request's refunds say of ours, by its reference; NOT_FOUND where none is."""
    listed = Fields.parse_list(body)
    if listed is None:
        return refund_outcome_of_error(body)
    ours = [item for item in listed if item.get("reference_id") == refund.refund_id]
    if len(ours) > 1:
        return concluded(Decision(Verdict.DUPLICATE), "listed twice")
    if ours:
        return _of_refund(charge, refund, ours[0])
    whole = Fields.parse(body) or Fields({})
    more = whole.get("has_more") is True
    return concluded(Decision(Verdict.NO_ANSWER if more else Verdict.NOT_FOUND), "not listed")


def refund_outcome_of_error(body: bytes) -> Outcome:
    """What is said in place of a list of refunds."""
    answer = Fields.parse(body) or Fields({})
    code = answer.word("error_code")
    if code is None:
        return Unknown(Doubt.GARBAGE)
    return concluded(by_error(Operation.REFUND_CHECK, code), code)


def handle_of(charge: Charge, found: Outcome | None = None) -> str | None:
    """What Xendit calls the charge: as it told when it took it, else as a check has found."""
    names: Mapping[str, str | int] = charge.handle
    match found:
        case Approved(details=details):
            names = {**details, **names}
        case Accepted(handle=handle):
            names = {**handle, **names}
    name = names.get(HANDLE)
    return name if isinstance(name, str) else None


def _name(operation: Operation, answer: Fields) -> str | None:
    """The payment request's id; a webhook is of its payment, which has an id of its own."""
    return answer.word(HANDLE if operation is Operation.NOTIFICATION else "id")


def _is_ours(operation: Operation, charge: Charge, answer: Fields) -> bool:
    """Whether nothing that the answer carries differs from what we asked."""
    wallet = answer.inner("payment_method").inner("ewallet")
    for told, asked in (
        (answer.get("reference_id"), reference(charge)),
        (answer.get("currency"), "IDR"),
        (_name(operation, answer), charge.handle.get(HANDLE)),
        (wallet.get("channel_code"), _CHANNEL),
    ):
        if told is not None and asked is not None and told != asked:
            return False
    return answer.get("amount") is None or answer.whole("amount") == charge.amount.rupiah


def _approved(operation: Operation, answer: Fields, told: str) -> Outcome:
    """The rule of success: amount, our reference and the payment request's id are carried."""
    name = _name(operation, answer)
    if name is None or answer.get("reference_id") is None or answer.get("amount") is None:
        return mismatch(told)
    return Approved(told, {HANDLE: name}, None, f"{PROVIDER}:{name}")


def _of_refund(charge: Charge, refund: RefundOrder, answer: Fields) -> Outcome:
    status, failure = answer.word("status") or "", answer.word("failure_code") or ""
    told = f"{status} {failure}".strip()
    decision = REFUNDS.get(status, Decision(Verdict.NO_ANSWER))
    known, asked = answer.get(HANDLE), handle_of(charge)
    ours = answer.get("reference_id") == refund.refund_id
    ours = ours and answer.whole("amount") == refund.amount.rupiah
    ours = ours and answer.get("currency") in (None, "IDR")
    if decision.verdict in CONCLUSIVE and not (ours and (asked is None or known == asked)):
        return mismatch(told)
    if decision.verdict is Verdict.APPROVED:
        number = answer.word("id")
        return Approved(told, {"refund_number": number} if number else {})
    return concluded(decision, told)
