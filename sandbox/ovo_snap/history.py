"""What became of a payment from a linked account: `debit/status` and `debit/refund`."""

from datetime import datetime

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.followups import told_state
from sandbox.acquirer.life import Life
from sandbox.acquirer.wire import Answer
from sandbox.ovo_snap.debit import CASES_OF_REASONS
from sandbox.ovo_snap.links import Links
from sandbox.ovo_snap.plan import LinkedPlan
from sandbox.snap import fields
from sandbox.snap.cases import PAY, REFUND, STATUS, Case, SnapError
from sandbox.snap.entrance import Visitor
from sandbox.snap.refunding import refund_answer, refund_history, refund_of

_SERVICE_CODES = {"54": ("54",), "55": ("55",), "either": ("54", "55")}
_WORDS = {
    "00": "Success",
    "01": "Initiated",
    "02": "Paying",
    "03": "Pending",
    "04": "Refunded",
    "05": "Canceled",
    "06": "Failed",
    "07": "Not found",
}


class History:
    """Finds payments of a partner, tells of them, and gives their money back."""

    def __init__(self, *, life: Life, links: Links, provider: str) -> None:
        self._life = life
        self._links = links
        self._provider = provider

    def status(self, visitor: Visitor, now: datetime) -> Answer:
        """What became of a payment. Raises SnapError."""
        body, plan = visitor.body, self._plan
        if (
            fields.text(body, "serviceCode", longest=2)
            not in _SERVICE_CODES[plan.status_service_code]
        ):
            raise SnapError(Case.INVALID_FORMAT, "serviceCode")
        charge = self._find(visitor)
        state = None if charge is None else told_state(charge, plan, now)
        if charge is None or state is None:
            if plan.status_of_unknown == "404":
                raise SnapError(Case.NOT_FOUND)
            told: dict[str, object] = {"serviceCode": PAY, **_latest("07")}
            return Answer(200, Case.SUCCESSFUL.head(STATUS) | told)
        told = {
            "originalPartnerReferenceNo": charge.reference,
            "originalReferenceNo": charge.handle,
            "originalExternalId": charge.details["external_id"],
            "serviceCode": PAY,
            **_latest(self._code(charge, state)),
            "originalResponseCode": _original(charge, state).code(PAY),
            "transAmount": fields.written_rupiah(charge.amount),
            "refundHistory": refund_history(charge),
        }
        if state in {State.PAID, State.REFUNDED} and charge.paid_at is not None:
            told["paidTime"] = fields.written_time(charge.paid_at)
        return Answer(200, Case.SUCCESSFUL.head(STATUS) | told)

    def refund(self, visitor: Visitor, now: datetime) -> Answer:
        """Give money back, in part or wholly. Raises SnapError."""
        body, plan = visitor.body, self._plan
        charge = self._find(visitor)
        if charge is None:
            raise SnapError(Case.NOT_FOUND)
        charge.follow_ups["refund"] += 1

        def check(_: int) -> None:
            if charge.paid_at is not None and now - charge.paid_at > plan.refund_within:
                raise SnapError(Case.NOT_ALLOWED, "too late")

        refund = refund_of(
            charge, body, life=self._life, again=plan.refund_again, check=check, now=now
        )
        return refund_answer(charge, refund, REFUND)

    @property
    def _plan(self) -> LinkedPlan:
        plan = self._life.plans[self._provider]
        assert isinstance(plan, LinkedPlan)
        return plan

    def _find(self, visitor: Visitor) -> Charge | None:
        """The payment that every given reference names. Raises SnapError if none is given."""
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
        if found or charge is None or not self._opens(visitor, charge):
            return None
        return charge

    def _opens(self, visitor: Visitor, charge: Charge) -> bool:
        """Whether the token is the partner's own, or of the customer who paid."""
        assert visitor.token is not None
        link = self._links.get(visitor.token.link)
        return link is None or link.phone == charge.phone

    def _code(self, charge: Charge, state: State) -> str:
        if state is State.WAITING:
            return "02" if charge.details.get("opened") else "01"
        if state is State.EXPIRED:
            return self._plan.expired_as
        codes = {State.PAID: "00", State.FAILED: "06", State.REFUNDED: "04"}
        return codes.get(state, "05")


def _latest(code: str) -> dict[str, object]:
    return {"latestTransactionStatus": code, "transactionStatusDesc": _WORDS[code]}


def _original(charge: Charge, state: State) -> Case:
    if state is State.FAILED and charge.reason is not None:
        return CASES_OF_REASONS[charge.reason]
    if state is State.EXPIRED:
        return Case.EXPIRED
    return Case.IN_PROGRESS if state is State.WAITING else Case.SUCCESSFUL
