"""Our words into OVO's QRIS and back: a charge becomes bytes, bytes become an outcome. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from adapters.outbound import snap
from adapters.outbound.ovo_qris import texts
from adapters.outbound.ovo_qris.codes import Decision, Operation, Told, Verdict, decide
from adapters.outbound.ovo_qris.credentials import QrisCredentials
from adapters.outbound.ovo_qris.texts import Refusal
from adapters.outbound.snap_answer import Code, SnapAnswer, amount_of, rupiah_of
from application.ports import Charge
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Declined, Details, Doubt, Outcome, Unknown
from domain.reason import Reason

NAME = "ovo_qris"
QR_LIFE = timedelta(seconds=75)
"""How long a code can be paid, and no longer is it shown whatever an answer says: the clocks of a
charge count on it. Source: OVO dynamic QRIS technical document 1.3.
"""
_QR = re.compile(r"[ -~]{1,512}", re.ASCII)
"""What an EMV QR code may hold (EMVCo, merchant-presented mode)."""
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)
_REASON = "Pengembalian dana"
_OVER: Mapping[Told, Doubt] = {
    Told.REFUNDED: Doubt.REVERSED,
    # A code is scanned by one bank's customer after another, and settles between banks: that it
    # failed or was ended is believed once nothing can move any more, and asked about again later.
    Told.CANCELED: Doubt.NOT_FOUND,
    Told.FAILED: Doubt.NOT_FOUND,
    Told.NOT_FOUND: Doubt.NOT_FOUND,
}
_DOUBTS: Mapping[Verdict, tuple[Doubt, bool, bool]] = {
    # verdict: why nothing is known, whether a human is told, whether the account is stopped
    Verdict.PENDING: (Doubt.PENDING, False, False),
    Verdict.DUPLICATE: (Doubt.DUPLICATE, True, False),
    Verdict.FAILURE: (Doubt.WALLET_FAILURE, False, False),
    Verdict.TOKEN_REFUSED: (Doubt.WALLET_FAILURE, False, False),
    Verdict.NOT_FOUND: (Doubt.NOT_FOUND, False, False),
    Verdict.REVERSED: (Doubt.REVERSED, False, False),
    Verdict.SIGNATURE_REFUSED: (Doubt.UNHEARD_OF, True, True),
    Verdict.ACCOUNT_REFUSED: (Doubt.UNHEARD_OF, True, True),
    Verdict.NO_ANSWER: (Doubt.UNHEARD_OF, True, False),
}
_REFUSED_CALL: Mapping[Verdict, Decision] = {
    # Answered to a charge, both prove that nothing was done.
    Verdict.TOKEN_REFUSED: Decision(Verdict.DECLINED, texts.NOT_NOW),
    Verdict.SIGNATURE_REFUSED: Decision(Verdict.MISCONFIGURED, texts.WRONG_HERE),
}

# -- what we say ----------------------------------------------------------------------------------


def body(operation: Operation, charge: Charge) -> bytes:
    """The very bytes that are signed and sent; raises InvalidValue."""
    credentials = QrisCredentials.parse(charge.account.credentials)
    ours = reference(charge)
    fields: dict[str, object]
    match operation:
        case Operation.GENERATE:
            fields = {
                "partnerReferenceNo": ours,
                "amount": amount_of(charge.amount),
                "merchantId": credentials.merchant_id,
                "terminalId": credentials.terminal_id,
                "validityPeriod": snap.timestamp(charge.window_ends_at, milliseconds=False),
            }
        case Operation.QUERY:
            fields = _original(charge, ours) | {
                "serviceCode": Operation.GENERATE.value,
                "merchantId": credentials.merchant_id,
            }
        case Operation.CANCEL:
            fields = _original(charge, ours) | {
                "merchantId": credentials.merchant_id,
                "amount": amount_of(charge.amount),
            }
        case Operation.REFUND:
            fields = _original(charge, ours) | {
                "merchantId": credentials.merchant_id,
                "partnerRefundNo": f"R{ours}",
                "refundAmount": amount_of(charge.amount),
                "reason": _REASON,
            }
        case _:
            assert_never(operation)
    return _WRITER.encode(fields).encode("ascii")


def reference(charge: Charge) -> str:
    """Our name for the charge."""
    return str(charge.references.shown["reference"])


def _original(charge: Charge, ours: str) -> dict[str, object]:
    theirs = charge.handle.get("reference_no")
    told: dict[str, object] = {"originalPartnerReferenceNo": ours}
    return told | {"originalReferenceNo": theirs} if theirs else told


# -- what they say --------------------------------------------------------------------------------


def decision(operation: Operation, content: bytes) -> Decision | None:
    """What the answer's code decides; None where there is no answer."""
    answer = SnapAnswer.parse(content)
    return None if answer is None or answer.code is None else decide(operation, answer.code)


def outcome(operation: Operation, charge: Charge, content: bytes, asked_at: datetime) -> Outcome:
    """What the answer to a charge, or to what followed it, means for the money.

    The HTTP status decides nothing: what has no response code is no answer. `asked_at` is from just
    before the question was sent.
    """
    answer = SnapAnswer.parse(content)
    if answer is None or answer.code is None:
        return Unknown(Doubt.GARBAGE)
    code, found = answer.code, decide(operation, answer.code)
    if operation is Operation.GENERATE:
        found = _REFUSED_CALL.get(found.verdict, found)
    if found.verdict is not Verdict.DONE:
        if found.refusal is not None:
            return _refused(str(code), found.verdict, found.refusal)
        doubt, alarm, stops = _DOUBTS[found.verdict]
        return Unknown(doubt, str(code), alarm, stops_account=stops)
    match operation:
        case Operation.GENERATE:
            return _generated(charge, answer, code, asked_at)
        case Operation.QUERY:
            return told(charge, answer, str(code))
        case Operation.CANCEL | Operation.REFUND:
            return _given_back(charge, answer, code)
        case _:
            assert_never(operation)


def void_outcome(charge: Charge, content: bytes, asked_at: datetime) -> Outcome:
    """What the answer to a query says of the refund of a charge that was paid.

    Paid means that no refund is known, at least not yet; what is said of a charge that was not paid
    says nothing of its refund.
    """
    answer = SnapAnswer.parse(content)
    said = outcome(Operation.QUERY, charge, content, asked_at)
    match said:
        case Approved(code=code):
            return Unknown(Doubt.NOT_FOUND, code)
        case Unknown(doubt=Doubt.REVERSED, code=code):
            refunded = answer is not None and _status(answer) is Told.REFUNDED
            return Approved(code or "") if refunded else said
        case Unknown(doubt=Doubt.NOT_FOUND, code=code):
            return Unknown(Doubt.UNHEARD_OF, code, alarm=True)
        case _:
            return said


def told(charge: Charge, answer: SnapAnswer, code: str) -> Outcome:
    """What a query's answer, or a notification, says of a charge."""
    status = _status(answer)
    if status is None:
        return Unknown(Doubt.UNHEARD_OF, code, alarm=True)
    said = f"{code} {status.value}"
    if status is not Told.NOT_FOUND and not is_ours(charge, answer):
        return Unknown(Doubt.MISMATCH, said, alarm=True)
    if doubt := _OVER.get(status):
        return Unknown(doubt, said)
    if status is Told.PAID:
        return _paid(charge, answer, said)
    return Accepted(said)


def is_ours(charge: Charge, answer: SnapAnswer) -> bool:
    """Whether what is told speaks of this very charge, by both names where both are told.

    One document of the standard's users has the two names the other way round: ours may stand in
    either place, but it must stand there.
    """
    named, theirs = _names(answer), charge.handle.get("reference_no")
    others = named - {reference(charge)}
    return reference(charge) in named and (theirs is None or others <= {theirs})


def _generated(charge: Charge, answer: SnapAnswer, code: Code, asked_at: datetime) -> Outcome:
    ours, echoed = reference(charge), answer.text("partnerReferenceNo")
    amount = answer.field("amount")
    other_amount = amount is not None and rupiah_of(amount) != charge.amount.rupiah
    if echoed not in {ours, None} or other_amount:
        return Unknown(Doubt.MISMATCH, str(code), alarm=True)
    qr, theirs = answer.field("qrContent"), answer.text("referenceNo")
    if not isinstance(qr, str) or not _QR.fullmatch(qr):
        return Unknown(Doubt.GARBAGE, str(code), alarm=True)
    ends = snap.time_of(answer.text("validityPeriod") or "")
    if ends is None or not asked_at < ends <= asked_at + QR_LIFE:
        ends = asked_at + QR_LIFE
    handle: Details = {"reference_no": theirs} if theirs else {}
    return Accepted(str(code), handle, CustomerStep(NextAction.SHOW_QR, qr=qr), ends)


def _paid(charge: Charge, answer: SnapAnswer, code: str) -> Outcome:
    amounts = [answer.field(name) for name in ("amount", "transAmount")]
    rupiah = {rupiah_of(amount) for amount in amounts if amount is not None}
    if rupiah != {charge.amount.rupiah}:
        return Unknown(Doubt.MISMATCH, code, alarm=True)
    ours = reference(charge)
    theirs = charge.handle.get("reference_no") or next(iter(_names(answer) - {ours}), None)
    return Approved(
        code,
        {"reference_no": theirs} if theirs else {},
        evidence=f"{NAME}:{theirs or ours}",
        charged_at=snap.time_of(answer.text("paidTime") or ""),
    )


def _given_back(charge: Charge, answer: SnapAnswer, code: Code) -> Outcome:
    amount, named = answer.field("refundAmount"), _names(answer)
    other_amount = amount is not None and rupiah_of(amount) != charge.amount.rupiah
    if other_amount or (named and not is_ours(charge, answer)):
        return Unknown(Doubt.MISMATCH, str(code), alarm=True)
    return Approved(str(code))


def _names(answer: SnapAnswer) -> set[str]:
    told = (answer.text("originalPartnerReferenceNo"), answer.text("originalReferenceNo"))
    return {name for name in told if name}


def _status(answer: SnapAnswer) -> Told | None:
    try:
        return Told(answer.text("latestTransactionStatus") or "")
    except ValueError:
        return None


def _refused(code: str, verdict: Verdict, refusal: Refusal) -> Declined:
    why, who, patient = refusal
    retryable = verdict is Verdict.DECLINED
    return Declined(
        code,
        Reason(why, code, retryable, who, patient),
        final=not retryable,
        stops_account=verdict is Verdict.MISCONFIGURED,
    )
