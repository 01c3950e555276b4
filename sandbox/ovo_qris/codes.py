"""The QR codes of OVO's QRIS: made, asked about, canceled and refunded."""

from datetime import datetime
from urllib.parse import quote

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.followups import CANCEL, told_state
from sandbox.acquirer.life import Life
from sandbox.acquirer.wire import Answer
from sandbox.answers import JAKARTA
from sandbox.ovo_qris import emv
from sandbox.ovo_qris.plan import QrisPlan
from sandbox.snap import fields
from sandbox.snap.cases import QR_CANCEL, QR_GENERATE, QR_QUERY, QR_REFUND, Case, SnapError
from sandbox.snap.entrance import Visitor
from sandbox.snap.refunding import refund_answer, refund_history, refund_of

WORDS = {
    "00": "Success",
    "03": "Pending",
    "04": "Refunded",
    "05": "Canceled",
    "06": "Failed",
    "07": "Not found",
}
_CODES = {
    State.WAITING: "03",
    State.PAID: "00",
    State.FAILED: "06",
    State.CANCELED: "05",
    State.VOIDED: "04",
    State.REFUNDED: "04",
}


class Codes:
    """The four operations on a code. Each raises SnapError when it refuses."""

    def __init__(self, *, life: Life, provider: str) -> None:
        self._life = life
        self._provider = provider

    def generate(self, visitor: Visitor, base: str, now: datetime) -> Answer:
        """A code that any customer can scan and pay."""
        body, partner = visitor.body, visitor.partner
        reference = fields.reference(body, "partnerReferenceNo")
        amount = fields.rupiah(body, "amount")
        self._check_merchant(visitor)
        ends_at = self._ends_at(visitor, now)
        if amount < self._plan.minimum_amount:
            raise SnapError(Case.INVALID_AMOUNT)
        known = self._life.charges.of_reference(self._provider, partner, reference)
        if known is not None:
            known.times_heard += 1
            raise SnapError(Case.DUPLICATE if known.amount == amount else Case.INCONSISTENT)
        handle = self._life.handle("QR", now)
        content = emv.qris(
            amount=amount,
            merchant=partner.store_name,
            merchant_id=partner.merchant_id,
            reference=handle,
            terminal=partner.terminal_id,
        )
        charge = self._life.open(
            provider=self._provider,
            partner=partner,
            reference=reference,
            handle=handle,
            amount=amount,
            now=now,
            ends_at=ends_at,
            details={"external_id": visitor.external_id, "qr": content},
        )
        if charge is None:
            raise SnapError(Case.GENERAL_ERROR)
        self._life.begin(charge, now)
        told: dict[str, object] = {
            "referenceNo": handle,
            "partnerReferenceNo": reference,
            "qrContent": content,
            "qrUrl": f"{base}/scan?qr={quote(content, safe='')}",
            "terminalId": partner.terminal_id,
            "validityPeriod": fields.written_time(charge.ends_at),
        }
        return Answer(200, Case.SUCCESSFUL.head(QR_GENERATE) | told, charge)

    def query(self, visitor: Visitor, now: datetime) -> Answer:
        """What became of a code."""
        if fields.text(visitor.body, "serviceCode", longest=2) != QR_GENERATE:
            raise SnapError(Case.INVALID_FORMAT, "serviceCode")
        charge, plan = self._find(visitor), self._plan
        state = None if charge is None else told_state(charge, plan, now)
        if charge is None or state is None:
            if plan.status_of_unknown == "404":
                raise SnapError(Case.NOT_FOUND)
            told: dict[str, object] = {"serviceCode": QR_GENERATE, **latest("07")}
            return Answer(200, Case.SUCCESSFUL.head(QR_QUERY) | told)
        told = {
            "originalReferenceNo": charge.handle,
            "originalPartnerReferenceNo": charge.reference,
            "originalExternalId": charge.details["external_id"],
            "serviceCode": QR_GENERATE,
            **latest(code_of(state, plan)),
            "amount": fields.written_rupiah(charge.amount),
            "terminalId": charge.partner.terminal_id,
            "additionalInfo": {"refundHistory": refund_history(charge)},
        }
        if charge.paid_at is not None and state in {State.PAID, State.REFUNDED, State.VOIDED}:
            told["paidTime"] = fields.written_time(charge.paid_at)
        return Answer(200, Case.SUCCESSFUL.head(QR_QUERY) | told)

    def cancel(self, visitor: Visitor, now: datetime) -> Answer:
        """Take a code back so that nobody can pay it any more."""
        charge = self._found(visitor)
        charge.follow_ups[CANCEL] += 1
        if charge.state in {State.WAITING, State.EXPIRED}:
            self._life.cancel(charge, now)
        elif charge.state is State.PAID and self._plan.cancel_of_paid == "return":
            if charge.refunds or not _is_same_day(charge, now):
                raise SnapError(Case.NOT_ALLOWED)
            self._life.void(charge, now)
        elif charge.state not in {State.CANCELED, State.VOIDED}:
            raise SnapError(Case.NOT_ALLOWED)
        told: dict[str, object] = {
            "originalPartnerReferenceNo": charge.reference,
            "originalReferenceNo": charge.handle,
            "cancelTime": fields.written_time(charge.history[-1][0]),
        }
        return Answer(200, Case.SUCCESSFUL.head(QR_CANCEL) | told)

    def refund(self, visitor: Visitor, now: datetime) -> Answer:
        """Give all of the money back, the same day in Jakarta, as OVO's page has it."""
        charge = self._found(visitor)
        charge.follow_ups["refund"] += 1

        def check(amount: int) -> None:
            if amount != charge.amount:
                raise SnapError(Case.INVALID_AMOUNT, "only the whole amount")
            if not _is_same_day(charge, now):
                raise SnapError(Case.NOT_ALLOWED, "only the same day")

        refund = refund_of(
            charge,
            visitor.body,
            life=self._life,
            again=self._plan.refund_again,
            check=check,
            now=now,
        )
        return refund_answer(charge, refund, QR_REFUND)

    @property
    def _plan(self) -> QrisPlan:
        plan = self._life.plans[self._provider]
        assert isinstance(plan, QrisPlan)
        return plan

    def _check_merchant(self, visitor: Visitor) -> None:
        body, partner = visitor.body, visitor.partner
        if fields.text(body, "merchantId", longest=64) != partner.merchant_id:
            raise SnapError(Case.INVALID_MERCHANT)
        if fields.perhaps_text(body, "terminalId", longest=16) not in {None, partner.terminal_id}:
            raise SnapError(Case.INVALID_TERMINAL)

    def _ends_at(self, visitor: Visitor, now: datetime) -> datetime:
        latest_end = now + self._plan.window
        wanted = fields.moment(visitor.body, "validityPeriod")
        if wanted is not None and wanted <= now:
            raise SnapError(Case.INVALID_FORMAT, "validityPeriod")
        return latest_end if wanted is None else min(wanted, latest_end)

    def _found(self, visitor: Visitor) -> Charge:
        charge = self._find(visitor)
        if charge is None:
            raise SnapError(Case.NOT_FOUND)
        return charge

    def _find(self, visitor: Visitor) -> Charge | None:
        """The code that every given reference names."""
        body, partner, charges = visitor.body, visitor.partner, self._life.charges
        if "merchantId" in body and body["merchantId"] != partner.merchant_id:
            raise SnapError(Case.INVALID_MERCHANT)
        theirs = fields.perhaps_text(body, "originalPartnerReferenceNo", longest=64)
        ours = fields.perhaps_text(body, "originalReferenceNo", longest=64)
        if theirs is None and ours is None:
            raise SnapError(Case.MISSING_FIELD, "originalPartnerReferenceNo")
        found = {
            *([charges.of_reference(self._provider, partner, theirs)] if theirs else []),
            *([charges.of_handle(self._provider, partner, ours)] if ours else []),
        }
        charge = found.pop()
        return None if found else charge


def code_of(state: State, plan: QrisPlan) -> str:
    """The two digits for a state."""
    return plan.expired_as if state is State.EXPIRED else _CODES[state]


def latest(code: str) -> dict[str, object]:
    """The two fields that tell a state."""
    return {"latestTransactionStatus": code, "transactionStatusDesc": WORDS[code]}


def _is_same_day(charge: Charge, now: datetime) -> bool:
    paid_at = charge.paid_at
    return paid_at is None or paid_at.astimezone(JAKARTA).date() == now.astimezone(JAKARTA).date()
