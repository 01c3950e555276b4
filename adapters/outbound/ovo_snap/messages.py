"""Our words into OVO's and back, for charges of linked accounts. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.outbound import snap, verdicts
from adapters.outbound.ovo_snap.codes import (
    LATEST,
    RAN_OUT,
    STALE_WORD,
    TOKEN_REFUSED,
    WRONG_SIGNATURE,
    Operation,
    decide,
    failed_there,
)
from adapters.outbound.ovo_snap.credentials import OvoSnapCredentials
from adapters.outbound.snap_answer import Code, SnapAnswer, amount_of, rupiah_of
from adapters.outbound.verdicts import REFUSALS, Decision, Verdict
from application.ports import Charge, RefundOrder
from domain.ids import crockford
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Declined, Details, Doubt, Outcome, Unknown

NAME = "ovo_snap"
LONGEST_URL = 2_048
MOST_REFUNDS = 200
"""Entries of a refund history that are looked at."""
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)
_SERVER_ERROR = 500
_UNAUTHORIZED = "401"
_LONGEST_RETURN = 512
_REFUNDED, _REFUND_PENDING, _REFUND_FAILED = "00", "03", "06"

# -- what we say ----------------------------------------------------------------------------------


def written(fields: Mapping[str, object]) -> bytes:
    """JSON without a space: the very bytes that are signed and sent."""
    return _WRITER.encode(fields).encode("ascii")


def debit_body(charge: Charge) -> bytes:
    """A charge of the linked account; the same bytes each time. Raises InvalidValue.

    Neutral: no description, no customer. Source: OVO's debit body and ASPI's optional fields.
    """
    account = OvoSnapCredentials.parse(charge.account.credentials)
    option = {
        "payMethod": account.pay_method,
        "payOption": "OVO",
        "transAmount": amount_of(charge.amount),
    }
    body: dict[str, object] = {
        "partnerReferenceNo": reference_of(charge),
        "chargeToken": "OVO",
        "merchantId": account.merchant_id,
        "subTransactionType": account.payment,
        "amount": amount_of(charge.amount),
        "payOptionDetails": [option],
        "validUpTo": snap.timestamp(charge.window_ends_at, milliseconds=False),
    }
    if charge.return_url is not None and len(charge.return_url) <= _LONGEST_RETURN:
        there = {"url": charge.return_url, "type": "PAY_RETURN", "isDeeplink": "N"}
        body["urlParams"] = [there]
    return written(body)


def status_body(charge: Charge, service: str) -> bytes:
    """The question what became of a charge, by our own reference; raises InvalidValue."""
    account = OvoSnapCredentials.parse(charge.account.credentials)
    body: dict[str, object] = {
        "originalPartnerReferenceNo": reference_of(charge),
        "serviceCode": service,
        "merchantId": account.merchant_id,
    }
    return written(body | _their_reference(charge))


def refund_body(charge: Charge, refund: RefundOrder) -> bytes:
    """Give that much of a charge back; the same id is the same refund. Raises InvalidValue."""
    account = OvoSnapCredentials.parse(charge.account.credentials)
    body: dict[str, object] = {
        "originalPartnerReferenceNo": reference_of(charge),
        "partnerRefundNo": crockford(refund.refund_id),
        "refundAmount": amount_of(refund.amount),
        "merchantId": account.merchant_id,
        "reason": "refund",  # what a person wrote may speak of a patient
    }
    return written(body | _their_reference(charge))


def reference_of(charge: Charge) -> str:
    """Our own name of the charge."""
    return str(charge.references.shown["reference"])


def _their_reference(charge: Charge) -> dict[str, object]:
    theirs = charge.handle.get("reference_no")
    return {} if theirs is None else {"originalReferenceNo": str(theirs)}


# -- what they say --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: its HTTP status, and the JSON that came, if it is such."""

    status: int
    answer: SnapAnswer | None

    @property
    def code(self) -> Code | None:
        """The response code; None where the answer has none, or is a server's own failure."""
        return None if self.answer is None else self.answer.code

    @property
    def word(self) -> str:
        """The code as it is shown."""
        return str(self.code) if self.code else f"HTTP {self.status}"

    @property
    def signature_refused(self) -> bool:
        """Whether it refuses the signature and so proves that nothing was done."""
        if self.code is None or self.status >= _SERVER_ERROR or self.token_refused:
            return False
        return self.code.kind == WRONG_SIGNATURE

    @property
    def token_refused(self) -> bool:
        """Whether it refuses the token and so proves that nothing was done."""
        if self.answer is None or self.status >= _SERVER_ERROR:
            return False
        if self.code is not None and self.code.kind in TOKEN_REFUSED:
            return True
        said = (self.answer.fields.get(n) for n in ("responseCode", "code", "responseMessage"))
        stale = any(isinstance(word, str) and STALE_WORD in word for word in said)
        refused = self.code.status if self.code else str(self.status)
        return stale and refused == _UNAUTHORIZED

    def kind(self, operation: Operation) -> str | None:
        """Status and case, if it answers that operation; None for anything else.

        A server error of HTTP's own is believed whatever the body says.
        """
        code = self.code
        if code is None or code.service != operation or self.status >= _SERVER_ERROR:
            return None
        return code.kind


def debit_outcome(charge: Charge, heard: Heard) -> Outcome:
    """What the answer to the charge itself means for the money."""
    kind, answer = heard.kind(Operation.DEBIT), heard.answer
    if kind is None or answer is None:
        return _nothing(heard)
    decision = decide(Operation.DEBIT, kind)
    if decision.verdict in verdicts.CONCLUSIVE and _differs(charge, answer, "partnerReferenceNo"):
        return verdicts.mismatch(heard.word)
    if decision.verdict is not Verdict.APPROVED:
        return verdicts.concluded(decision, heard.word)
    handle = _handle(charge, answer, "referenceNo")
    url = _url(answer)
    automatic = OvoSnapCredentials.parse(charge.account.credentials).automatic
    if url is not None or not automatic:
        step = None if url is None else CustomerStep(NextAction.REDIRECT, url=url)
        return Accepted(heard.word, handle, step)
    if answer.field("partnerReferenceNo") is None or _amount(answer) is None:
        # It does not say of which charge, or of how much: the status will.
        return Accepted(heard.word, handle)
    return _approved(charge, answer, heard.word, handle)


def status_outcome(charge: Charge, heard: Heard) -> Outcome:
    """What became of the charge, in OVO's own words."""
    answer = _status(heard)
    if not isinstance(answer, SnapAnswer):
        return answer
    latest = answer.text("latestTransactionStatus") or ""
    told = LATEST.get(latest)
    if told is None:
        return Unknown(Doubt.UNHEARD_OF, latest[:7] or heard.word, alarm=True)
    if _differs(charge, answer, "originalPartnerReferenceNo", "originalReferenceNo"):
        return verdicts.mismatch(latest)
    return _became(charge, answer, latest, told.verdict)


def _status(heard: Heard) -> SnapAnswer | Outcome:
    """The answer to a status question, if it is one."""
    kind, answer = heard.kind(Operation.STATUS), heard.answer
    if kind is None or answer is None:
        return _nothing(heard)
    decision = decide(Operation.STATUS, kind)
    if decision.verdict is Verdict.APPROVED:
        return answer
    return verdicts.concluded(decision, heard.word)


def _became(charge: Charge, answer: SnapAnswer, latest: str, verdict: Verdict) -> Outcome:
    handle = _handle(charge, answer, "originalReferenceNo", "originalPartnerReferenceNo")
    match verdict:
        case Verdict.APPROVED:
            return _paid(charge, answer, latest, handle)
        case Verdict.ACCEPTED:
            return Accepted(latest, handle)
        case Verdict.REVERSED:
            return _given_back(charge, answer, latest, handle)
        case Verdict.NOT_FOUND:
            return Unknown(Doubt.NOT_FOUND, latest)
        case _:
            return _failed(answer, latest)


def refund_outcome(charge: Charge, refund: RefundOrder, heard: Heard) -> Outcome:
    """What the answer to a refund means."""
    kind, answer = heard.kind(Operation.REFUND), heard.answer
    if kind is None or answer is None:
        return _nothing(heard)
    decision = decide(Operation.REFUND, kind)
    if decision.verdict is not Verdict.APPROVED:
        return verdicts.concluded(decision, heard.word)
    number = answer.field("partnerRefundNo")
    amount = answer.field("refundAmount")
    if (
        number not in {None, crockford(refund.refund_id)}
        or (amount is not None and rupiah_of(amount) != refund.amount.rupiah)
        or _differs(charge, answer, "originalPartnerReferenceNo", "originalReferenceNo")
    ):
        return verdicts.mismatch(heard.word)
    theirs = answer.text("refundNo")
    return Approved(heard.word, {} if theirs is None else {"refund_no": theirs})


def refund_status(charge: Charge, refund: RefundOrder, heard: Heard) -> Outcome:
    """What became of a refund, by the history that the charge's status carries."""
    answer = _status(heard)
    if not isinstance(answer, SnapAnswer):
        if isinstance(answer, Unknown) and answer.doubt is Doubt.NOT_FOUND:
            # of the charge: nothing is said about the refund
            return Unknown(Doubt.UNHEARD_OF, heard.word, alarm=True)
        return answer
    if _differs(charge, answer, "originalPartnerReferenceNo", "originalReferenceNo"):
        return verdicts.mismatch(heard.word)
    name, history = crockford(refund.refund_id), _history(answer)
    for entry in history:
        if name in {entry.get("partnerRefundNo"), entry.get("partnerReferenceNo")}:
            return _entry_outcome(refund, entry)
    told = LATEST.get(answer.text("latestTransactionStatus") or "")
    if told is not None and told.verdict is Verdict.REVERSED and not history:
        # Something was given back, and no word of what: it may be ours.
        return Unknown(Doubt.UNHEARD_OF, heard.word, alarm=True)
    return Unknown(Doubt.NOT_FOUND, heard.word)


# -- its parts ------------------------------------------------------------------------------------


def _nothing(heard: Heard) -> Unknown:
    """No answer to what was asked."""
    if heard.status >= _SERVER_ERROR:
        return Unknown(Doubt.WALLET_FAILURE, heard.word if heard.code else None)
    if heard.code is None:
        return Unknown(Doubt.GARBAGE)
    return Unknown(Doubt.UNHEARD_OF, heard.word, alarm=True)


def _differs(charge: Charge, answer: SnapAnswer, *names: str) -> bool:
    """Whether the answer names a reference, and none of those named is ours.

    Providers swap the two: ours may stand under either name.
    """
    told = [value for name in names if (value := answer.field(name)) is not None]
    return bool(told) and reference_of(charge) not in told


def _amount(answer: SnapAnswer) -> object:
    """The amount that the answer carries; None where it carries none."""
    told = answer.field("transAmount")
    return answer.field("amount") if told is None else told


def _paid(charge: Charge, answer: SnapAnswer, code: str, handle: Details) -> Outcome:
    """A success of a status: only with our reference and our amount."""
    ours = reference_of(charge) in {
        answer.field("originalPartnerReferenceNo"),
        answer.field("originalReferenceNo"),
    }
    if not ours:
        return verdicts.mismatch(code)
    return _approved(charge, answer, code, handle)


def _approved(charge: Charge, answer: SnapAnswer, code: str, handle: Details) -> Outcome:
    if rupiah_of(_amount(answer)) != charge.amount.rupiah:
        return verdicts.mismatch(code)
    approval = answer.text("approvalCode")
    details = {**handle, **({} if approval is None else {"approval_code": approval})}
    paid = answer.field("paidTime")
    return Approved(
        code,
        details,
        evidence=f"{NAME}:{handle.get('reference_no', reference_of(charge))}",
        charged_at=_time(paid),
    )


def _time(stamp: object) -> datetime | None:
    return snap.time_of(stamp) if isinstance(stamp, str) else None


def _given_back(charge: Charge, answer: SnapAnswer, code: str, handle: Details) -> Outcome:
    """Refunded, by status: of a charge whose parts went back it was still paid."""
    back = [
        rupiah_of(entry.get("refundAmount"))
        for entry in _history(answer)
        if entry.get("refundStatus") == _REFUNDED
    ]
    known = [amount for amount in back if amount is not None]
    if not known or len(known) < len(back) or sum(known) > charge.amount.rupiah:
        return verdicts.mismatch(code)
    if sum(known) < charge.amount.rupiah:
        return _paid(charge, answer, code, handle)
    return Unknown(Doubt.REVERSED, code)


def _failed(answer: SnapAnswer, latest: str) -> Declined | Unknown:
    """Canceled or failed: the payment's own code tells why, where it is told.

    That its time ran out, or no reason at all for a cancel, is the end by OVO's books alone: the
    customer may have paid just then, and it is told later.
    """
    own = SnapAnswer({"responseCode": answer.field("originalResponseCode")}).code
    if own is not None and own.service == Operation.DEBIT:
        if own.kind == RAN_OUT:
            return verdicts.concluded(Decision(Verdict.ENDED), str(own))
        decision = decide(Operation.DEBIT, own.kind)
        if decision.verdict in REFUSALS and decision.verdict is not Verdict.MISCONFIGURED:
            said = verdicts.concluded(decision, str(own))
            assert isinstance(said, Declined)
            return said
    said = verdicts.concluded(LATEST[latest], latest)
    if not isinstance(said, Declined):
        return said
    unexplained = said.reason.code is LATEST["06"].reason
    return replace(said, reason=failed_there(latest)) if unexplained else said


def _entry_outcome(refund: RefundOrder, entry: Mapping[str, object]) -> Outcome:
    status = entry.get("refundStatus")
    if rupiah_of(entry.get("refundAmount")) != refund.amount.rupiah:
        return verdicts.mismatch(str(status)[:7])
    match status:
        case "00":
            number = entry.get("refundNo")
            details = {"refund_no": number[:64]} if isinstance(number, str) else {}
            return Approved(_REFUNDED, details)
        case "03":
            return Unknown(Doubt.PENDING, _REFUND_PENDING)
        case "06":
            return Declined(_REFUND_FAILED, failed_there(_REFUND_FAILED), final=True)
        case _:
            return Unknown(Doubt.UNHEARD_OF, str(status)[:7], alarm=True)


def _history(answer: SnapAnswer) -> Sequence[Mapping[str, object]]:
    found = answer.fields.get("refundHistory")
    more = answer.fields.get("additionalInfo")
    if found is None and isinstance(more, dict):
        found = more.get("refundHistory")
    entries = found[:MOST_REFUNDS] if isinstance(found, list) else ()
    return [entry for entry in entries if isinstance(entry, dict)]


def _handle(charge: Charge, answer: SnapAnswer, *names: str) -> Details:
    """What OVO calls the charge: whichever of the names is not our own."""
    told = (answer.text(name) for name in names)
    theirs = next((text for text in told if text and text != reference_of(charge)), None)
    known = charge.handle.get("reference_no") if theirs is None else theirs
    return {} if known is None else {"reference_no": known}


def _url(answer: SnapAnswer) -> str | None:
    """Where the customer enters the PIN."""
    for name in ("webRedirectUrl", "appRedirectUrl", "redirectUrl"):
        url = answer.field(name)
        if isinstance(url, str) and is_link(url):
            return url
    return None


def is_link(url: str) -> bool:
    """Whether a browser may be sent there: http or https, printable, not too long."""
    web = url.startswith(("https://", "http://"))
    return web and len(url) <= LONGEST_URL and url.isascii() and url.isprintable()
