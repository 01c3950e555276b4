"""Paying from a linked account: by PIN on a page (MANUAL) or at once (AUTO)."""

from datetime import datetime
from typing import Any

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.conduct import Reason
from sandbox.acquirer.life import Life
from sandbox.acquirer.plan import is_url
from sandbox.acquirer.wire import Answer
from sandbox.behaviour import Ending
from sandbox.ovo_snap.links import Link, Links, LinkState
from sandbox.ovo_snap.plan import LinkedPlan
from sandbox.snap import fields
from sandbox.snap.cases import PAY, Case, SnapError
from sandbox.snap.entrance import Visitor

MANUAL = "MANUAL"
AUTO = "AUTO"
CASES_OF_REASONS = {
    Reason.DECLINED: Case.CANCELLED,
    Reason.INSUFFICIENT: Case.INSUFFICIENT_FUNDS,
    Reason.BLOCKED: Case.BLOCKED,
    Reason.LIMIT: Case.OVER_AMOUNT_LIMIT,
    Reason.UNKNOWN_PHONE: Case.INVALID_CUSTOMER,
    Reason.UNREACHABLE: Case.DO_NOT_HONOR,
    Reason.FAILED: Case.DO_NOT_HONOR,
}
REMEMBERED_PAGES = 50_000
_MOST_OPTIONS = 10


class Debit:
    """`debit/payment-host-to-host`."""

    def __init__(self, *, life: Life, links: Links, provider: str) -> None:
        self.pages: dict[str, Charge] = {}
        self._life = life
        self._links = links
        self._provider = provider

    def pay(self, visitor: Visitor, base: str, now: datetime) -> Answer:
        """Begin a payment, and with AUTO end it too. Raises SnapError."""
        body, partner = visitor.body, visitor.partner
        link = self._link(visitor)
        reference = fields.reference(body, "partnerReferenceNo")
        if fields.text(body, "merchantId", longest=64) != partner.merchant_id:
            raise SnapError(Case.INVALID_MERCHANT)
        if fields.text(body, "chargeToken", longest=40) != "OVO":
            raise SnapError(Case.INVALID_FORMAT, "chargeToken")
        how = _kind(body)
        amount = self._amount(body)
        return_url = _return_url(body)
        ends_at = self._ends_at(body, now)
        known = self._life.charges.of_reference(self._provider, partner, reference)
        if known is not None:
            known.times_heard += 1
            same = known.amount == amount and known.phone == link.phone
            raise SnapError(Case.DUPLICATE if same else Case.INCONSISTENT)
        charge = self._life.open(
            provider=self._provider,
            partner=partner,
            reference=reference,
            handle=self._life.handle("OVO", now),
            amount=amount,
            now=now,
            phone=link.phone,
            ends_at=ends_at,
            details={
                "kind": how,
                "external_id": visitor.external_id,
                "return_url": return_url,
            },
        )
        if charge is None:
            raise SnapError(Case.GENERAL_ERROR)
        if how == MANUAL:
            self._life.begin(charge, now)
            url = f"{base}/pin/{self._page_of(charge)}"
            return _accepted(charge, Case.SUCCESSFUL, {"webRedirectUrl": url})
        return self._take(charge, now)

    def _page_of(self, charge: Charge) -> str:
        """The secret part of the address of its PIN page; the oldest page is forgotten."""
        name = self._life.token()
        self.pages[name] = charge
        if len(self.pages) > REMEMBERED_PAGES:
            del self.pages[next(iter(self.pages))]
        return name

    def _take(self, charge: Charge, now: datetime) -> Answer:
        """AUTO: the money moves at once, unless the customer's account does otherwise."""
        conduct = charge.conduct
        if charge.amount > self._plan.balance:
            self._life.fail(charge, Reason.INSUFFICIENT, now)
        elif conduct.ending is Ending.WAIT:
            self._life.pay(charge, now)
        elif conduct.ending is Ending.EXPIRE or conduct.after_window or conduct.last_moment:
            self._life.begin(charge, now)
            return _accepted(charge, Case.IN_PROGRESS, {})
        else:
            self._life.decide(charge, now)
        if charge.state is State.PAID:
            return _accepted(charge, Case.SUCCESSFUL, {"approvalCode": charge.approval})
        assert charge.reason is not None
        case = CASES_OF_REASONS[charge.reason]
        return Answer(case.status, case.head(PAY) | _names(charge), charge)

    @property
    def _plan(self) -> LinkedPlan:
        plan = self._life.plans[self._provider]
        assert isinstance(plan, LinkedPlan)
        return plan

    def _link(self, visitor: Visitor) -> Link:
        assert visitor.token is not None
        link = self._links.get(visitor.token.link)
        if link is None or link.state is not LinkState.LINKED:
            raise SnapError(Case.INVALID_CUSTOMER_TOKEN)
        return link

    def _amount(self, body: dict[str, Any]) -> int:
        """The sum of the pay options, which `amount` has to equal where it is given too."""
        options = body.get("payOptionDetails")
        if options is None:
            raise SnapError(Case.MISSING_FIELD, "payOptionDetails")
        if not isinstance(options, list) or not 0 < len(options) <= _MOST_OPTIONS:
            raise SnapError(Case.INVALID_FORMAT, "payOptionDetails")
        total = sum(_option(option) for option in options)
        if "amount" in body and fields.rupiah(body, "amount") != total:
            raise SnapError(Case.INVALID_AMOUNT, "amount is not the sum of payOptionDetails")
        if total < self._plan.minimum_amount:
            raise SnapError(Case.INVALID_AMOUNT)
        return total

    def _ends_at(self, body: dict[str, Any], now: datetime) -> datetime:
        latest = now + self._plan.window
        wanted = fields.moment(body, "validUpTo")
        if wanted is None:
            return latest
        if wanted <= now:
            raise SnapError(Case.INVALID_FORMAT, "validUpTo")
        return min(wanted, latest)


def _kind(body: dict[str, Any]) -> str:
    """`subTransactionType`, where the standard would have it in additionalInfo."""
    inner = body.get("additionalInfo")
    outer = inner if isinstance(inner, dict) else {}
    kind = fields.perhaps_text(outer | body, "subTransactionType", longest=10) or MANUAL
    if kind not in {MANUAL, AUTO}:
        raise SnapError(Case.INVALID_FORMAT, "subTransactionType")
    return kind


def _option(option: object) -> int:
    if not isinstance(option, dict):
        raise SnapError(Case.INVALID_FORMAT, "payOptionDetails")
    if fields.text(option, "payMethod", longest=64) not in {"CASH", "POINTS"}:
        raise SnapError(Case.INVALID_FORMAT, "payMethod")
    if fields.text(option, "payOption", longest=64) != "OVO":
        raise SnapError(Case.INVALID_FORMAT, "payOption")
    return fields.rupiah(option, "transAmount")


def _return_url(body: dict[str, Any]) -> str | None:
    """Where the browser goes after the PIN page: the entry PAY_RETURN of `urlParam(s)`."""
    entries = body.get("urlParams", body.get("urlParam", []))
    if not isinstance(entries, list) or len(entries) > _MOST_OPTIONS:
        raise SnapError(Case.INVALID_FORMAT, "urlParams")
    for entry in entries:
        if not isinstance(entry, dict) or not is_url(entry.get("url")):
            raise SnapError(Case.INVALID_FORMAT, "urlParams.url")
        if entry.get("type") == "PAY_RETURN":
            return str(entry["url"])
    return None


def _names(charge: Charge) -> dict[str, object]:
    return {"referenceNo": charge.handle, "partnerReferenceNo": charge.reference}


def _accepted(charge: Charge, case: Case, more: dict[str, object]) -> Answer:
    return Answer(case.status, case.head(PAY) | _names(charge) | more, charge)
