"""Our words into Midtrans's and back: a charge becomes bytes, bytes become an outcome. Pure."""

import json
from datetime import UTC, datetime, timedelta, timezone

from adapters.outbound.fields import Fields
from adapters.outbound.midtrans.codes import REFUNDED, Operation, by_code, by_status
from adapters.outbound.verdicts import CONCLUSIVE, Decision, Verdict, concluded, mismatch
from application.ports import Charge, RefundOrder
from domain.errors import InvalidValue
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Doubt, Outcome, Unknown

PROVIDER = "midtrans"
WIB = timezone(timedelta(hours=7), "WIB")
"""The clock of `transaction_time`, `expiry_time` and `settlement_time` (docs.midtrans.com)."""
LONGEST_WINDOW = timedelta(hours=1)
"""From the claim; OVO's is 65 seconds and cannot be chosen (docs.midtrans.com, OVO)."""
_ZERO = timedelta(0)
PAID_CODE = "200"
_DENIED_CODE = "202"
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)

# -- what we say ----------------------------------------------------------------------------------


def order_id(charge: Charge) -> str:
    """Our reference, by which Midtrans knows the charge."""
    return str(charge.references.shown["reference"])


def charge_body(charge: Charge) -> bytes:
    """A charge of an OVO wallet; raises InvalidValue without a phone.

    No item or customer details: they would tell what was consulted about. Source:
    docs.midtrans.com, OVO.
    """
    if charge.phone is None:
        raise InvalidValue("phone", "is needed to charge an OVO wallet through Midtrans")
    return _written(
        payment_type="ovo",
        transaction_details={"order_id": order_id(charge), "gross_amount": charge.amount.rupiah},
        ovo={"payer_phone_number": charge.phone.digits},
    )


def refund_body(refund: RefundOrder) -> bytes:
    """A refund, whole or partial; the same key is the same refund.

    The merchant's reason stays here: it may speak of a complaint. Source: docs.midtrans.com,
    refund transaction.
    """
    return _written(refund_key=refund.refund_id, amount=refund.amount.rupiah)


def _written(**fields: object) -> bytes:
    return _WRITER.encode(fields).encode("ascii")


# -- what they say --------------------------------------------------------------------------------


def outcome(operation: Operation, charge: Charge, body: bytes) -> Outcome:
    """What the answer to a charge or its check, or a notification, means for the money.

    A word that would conclude something is believed only of our own charge.
    """
    answer = Fields.parse(body)
    code = answer.word("status_code") if answer else None
    if answer is None or code is None:
        return Unknown(Doubt.GARBAGE)
    status = answer.word("transaction_status")
    decision = by_status(status, _channel_code(answer)) if status else by_code(operation, code)
    told = f"{status} {_channel_code(answer) or ''}".strip() if status else code
    if decision.verdict in CONCLUSIVE and not is_ours(charge, answer):
        return mismatch(told)
    if _contradicts(operation, status, code, answer):
        return concluded(Decision(Verdict.NO_ANSWER), told)
    match decision.verdict:
        case Verdict.APPROVED:
            return _approved(answer, told)
        case Verdict.ACCEPTED:
            return _accepted(charge, answer, code)
        case _:
            return concluded(decision, told)


def refund_outcome(charge: Charge, refund: RefundOrder, body: bytes) -> Outcome:
    """What the answer to a refund says: Approved where Midtrans made this very one.

    Midtrans forwards it to OVO; the customer may see it a day or two later.
    """
    answer = Fields.parse(body)
    code = answer.word("status_code") if answer else None
    if answer is None or code is None:
        return Unknown(Doubt.GARBAGE)
    if answer.word("transaction_status") not in REFUNDED or code != PAID_CODE:
        return concluded(by_code(Operation.REFUND, code), code)
    ours = is_ours(charge, answer) and answer.word("refund_key") == refund.refund_id
    if not ours or answer.whole("refund_amount") != refund.amount.rupiah:
        return mismatch(code)
    return Approved(code, _refund_details(answer))


def refund_check_outcome(charge: Charge, refund: RefundOrder, body: bytes) -> Outcome:
    """What the charge's status says of a refund, by its key; NOT_FOUND where it lists none.

    Source: docs.midtrans.com, GET status, "Refund details".
    """
    answer = Fields.parse(body)
    code = answer.word("status_code") if answer else None
    if answer is None or code is None:
        return Unknown(Doubt.GARBAGE)
    status = answer.word("transaction_status")
    if status is None:
        found = by_code(Operation.REFUND_CHECK, code)
        # Whoever does not know the charge itself says nothing about its refund.
        unknown = found.verdict is Verdict.NOT_FOUND
        return concluded(Decision(Verdict.NO_ANSWER) if unknown else found, code)
    if not is_ours(charge, answer):
        return mismatch(code)
    for item in answer.items("refunds"):
        if item.word("refund_key") == refund.refund_id:
            same = item.whole("refund_amount") == refund.amount.rupiah
            return Approved(code, _refund_details(item)) if same else mismatch(code)
    # A charge of which something was given back, and no word of what: it may be ours.
    listed = status not in REFUNDED or answer.items("refunds")
    return concluded(Decision(Verdict.NOT_FOUND if listed else Verdict.NO_ANSWER), code)


def is_ours(charge: Charge, answer: Fields) -> bool:
    """Whether nothing that the answer carries differs from what we asked."""
    handle = charge.handle.get("transaction_id")
    for told, asked in (
        (answer.get("order_id"), order_id(charge)),
        (answer.get("payment_type"), "ovo"),
        (answer.get("currency"), "IDR"),
        (answer.get("transaction_id"), handle),
    ):
        if None not in (told, asked) and told != asked:
            return False
    return (
        answer.get("gross_amount") is None or answer.whole("gross_amount") == charge.amount.rupiah
    )


def _contradicts(operation: Operation, status: str | None, code: str, answer: Fields) -> bool:
    """Whether one part of the answer takes back what another says.

    A notification's signature covers its status code and not the transaction's status: only where
    the two go together is the status theirs.
    """
    fraud = answer.get("fraud_status")
    if fraud is not None and fraud != "accept":
        return True
    if status == "settlement":
        return code != PAID_CODE
    denied_by_notice = operation is Operation.NOTIFICATION and status == "deny"
    return denied_by_notice and code != _DENIED_CODE


def _approved(answer: Fields, told: str) -> Outcome:
    """The rule of success: amount, our reference and the transaction's id are carried."""
    transaction = answer.word("transaction_id")
    carried = answer.get("order_id") is not None and answer.get("gross_amount") is not None
    if transaction is None or not carried:
        return mismatch(told)
    details = {"transaction_id": transaction}
    if invoice := answer.text("merchant_invoice"):
        details["merchant_invoice"] = invoice
    charged_at = _time(answer.get("settlement_time"))
    return Approved(told, details, None, f"{PROVIDER}:{transaction}", charged_at)


def _accepted(charge: Charge, answer: Fields, code: str) -> Accepted:
    transaction, ends_at = answer.word("transaction_id"), _time(answer.get("expiry_time"))
    if ends_at is not None and not _ZERO < ends_at - charge.claimed_at <= LONGEST_WINDOW:
        ends_at = None  # nobody waits for years because of one field
    return Accepted(
        code,
        {"transaction_id": transaction} if transaction else {},
        CustomerStep(NextAction.APPROVE_IN_OVO_APP),
        ends_at,
    )


def _refund_details(told: Fields) -> dict[str, str]:
    number = told.word("refund_chargeback_id")
    return {"refund_chargeback_id": number} if number else {}


def _channel_code(answer: Fields) -> str | None:
    """OVO's own code; a text that is none is told as one that nobody knows."""
    if answer.get("channel_response_code") is None:
        return None
    return answer.word("channel_response_code") or "?"


def _time(told: object) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss` of Jakarta, in UTC."""
    if not isinstance(told, str):
        return None
    try:
        local = datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=WIB)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
