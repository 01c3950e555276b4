"""Xendit's eWallet charges for OVO: charge, look, void, refund, notifications."""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs

import orjson

from sandbox.acquirer.basic import basic_user
from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.conduct import CONDUCTS
from sandbox.acquirer.followups import told_state
from sandbox.acquirer.life import Life
from sandbox.acquirer.partners import DEMO, OTHER, Partner, Partners
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.provider import Letter, Provider, Telling
from sandbox.acquirer.wire import Answer, Inbound
from sandbox.xendit.giving_back import GivingBack
from sandbox.xendit.messages import (
    FAILING_AMOUNTS,
    REFUSED_AMOUNTS,
    charge_told,
    refund_told,
    written,
)
from sandbox.xendit.plan import (
    CHARGE,
    FIND,
    REFUND,
    REFUND_STATUS,
    STATUS,
    VOID,
    XenditPlan,
)
from sandbox.xendit.requests import (
    RefusedError,
    charge_request,
    invalid,
    json_object,
)
from sandbox.xendit.settlement import FORM

NAME = "xendit"
_CHARGES = "/ewallets/charges"
_ONE = re.compile(
    r"/ewallets/charges/(?P<id>[A-Za-z0-9_-]+)(?:/(?P<what>void|refunds)(?:/(?P<refund>[\w-]+))?)?",
    re.ASCII,
)

# Published on purpose: these open nothing but a sandbox on a developer's own machine.
_PARTNERS = Partners(
    Partner(
        DEMO, "biz-demo", "sandbox-api-key-demo", "biz-demo", "Klinik Lunas", "", "callback-demo"
    ),
    Partner(
        OTHER,
        "biz-other",
        "sandbox-api-key-other",
        "biz-other",
        "Apotek Lain",
        "",
        "callback-other",
    ),
)


class Xendit(Provider):
    """The provider `xendit`."""

    pushes = True
    tells_refunds = True

    def __init__(self, life: Life) -> None:
        self.name = NAME
        self.partners = _PARTNERS
        self.boot_plan: Plan = XenditPlan()
        self.settlement_form = FORM
        self._life = life
        self._giving_back = GivingBack(
            life=life,
            plan=lambda: self._plan,
            told=lambda charge: self._told(charge, charge.state),
        )

    def operation(self, inbound: Inbound) -> str | None:
        """What the path asks for."""
        if inbound.path == _CHARGES:
            return {"POST": CHARGE, "GET": FIND}.get(inbound.method)
        found = _ONE.fullmatch(inbound.path)
        if found is None:
            return None
        asked = (inbound.method, found["what"], found["refund"] is not None)
        return {
            ("GET", None, False): STATUS,
            ("POST", "void", False): VOID,
            ("POST", "refunds", False): REFUND,
            ("GET", "refunds", False): REFUND_STATUS,
            ("GET", "refunds", True): REFUND_STATUS,
        }.get(asked)

    def answer(self, operation: str, inbound: Inbound, now: datetime) -> Answer:
        """Do what the request asks for, or refuse it with an error code."""
        try:
            secret = basic_user(inbound)
            partner = None if secret is None else self.partners.with_secret(secret)
            if partner is None:
                raise RefusedError(401, "INVALID_API_KEY", "The API key is not valid")
            if operation == CHARGE:
                return self._charge(partner, inbound, now)
            if operation == FIND:
                return self._list(partner, inbound, now)
            charge = self._find(partner, inbound)
            if operation == STATUS:
                return Answer(200, self._told(charge, told_state(charge, self._plan, now)))
            return self._give_back(operation, charge, inbound, now)
        except RefusedError as error:
            return Answer(error.status, error.body)

    def credentials(self, partner: Partner) -> Mapping[str, str]:
        """What the partner needs."""
        return {
            "api_key": partner.secret,
            "callback_token": partner.callback_token,
            "business_id": partner.merchant_id,
        }

    def tells(self, state: State) -> bool:
        """Of endings and voids; a whole refund is told as a refund."""
        return state not in {State.WAITING, State.REFUNDED}

    def secret_of(self, partner: Partner) -> str:
        """The static token of notifications: nothing signs their bodies."""
        return partner.callback_token

    def letter(self, telling: Telling) -> Letter:
        """A notification, under the static token and an id of its own."""
        charge, partner = telling.charge, telling.partner
        if telling.refund is None:
            event = "ewallet.void" if telling.state is State.VOIDED else "ewallet.capture"
            data = charge_told(
                charge,
                telling.state,
                amount=telling.amount,
                partner=partner,
                callback_url=telling.url,
            )
        else:
            event, data = "ewallet.refund", refund_told(charge, telling.refund)
        body = {
            "event": event,
            "business_id": partner.merchant_id,
            "created": written(telling.at),
            "data": data,
        }
        headers = {
            "Content-Type": "application/json",
            "x-callback-token": telling.secret,
            "webhook-id": self._life.handle("whk-", telling.at),
        }
        return Letter(headers, orjson.dumps(body))

    @property
    def _plan(self) -> XenditPlan:
        plan = self._life.plans[NAME]
        assert isinstance(plan, XenditPlan)
        return plan

    def _charge(self, partner: Partner, inbound: Inbound, now: datetime) -> Answer:
        plan = self._plan
        asked = charge_request(json_object(inbound.body), plan)
        if plan.needs_notify_url and plan.notify_url is None:
            raise RefusedError(404, "CALLBACK_URL_NOT_FOUND", "no callback URL is set")
        if plan.magic and asked.amount in REFUSED_AMOUNTS:
            status, code = REFUSED_AMOUNTS[asked.amount]
            raise RefusedError(status, code, "a test amount")
        known = self._life.charges.of_reference(NAME, partner, asked.reference)
        if known is not None:
            known.times_heard += 1
            raise RefusedError(409, "DUPLICATE_ERROR", "reference_id has been used already")
        charge = self._life.open(
            provider=NAME,
            partner=partner,
            reference=asked.reference,
            handle=self._life.handle("ewc_", now),
            amount=asked.amount,
            now=now,
            phone=asked.phone,
            details={"metadata": asked.metadata},
        )
        if charge is None:
            raise RefusedError(500, "SERVER_ERROR", "too many charges wait")
        if plan.magic and asked.amount in FAILING_AMOUNTS:
            name, charge.details["failure_code"] = FAILING_AMOUNTS[asked.amount]
            charge.conduct = CONDUCTS[name]
        self._life.begin(charge, now)
        return Answer(plan.charge_http_status, self._told(charge, State.WAITING), charge)

    def _find(self, partner: Partner, inbound: Inbound) -> Charge:
        found = _ONE.fullmatch(inbound.path)
        assert found is not None
        charge = self._life.charges.of_handle(NAME, partner, found["id"])
        if charge is None:
            raise RefusedError(404, "DATA_NOT_FOUND", "there is no such charge")
        return charge

    def _list(self, partner: Partner, inbound: Inbound, now: datetime) -> Answer:
        """The charges with a reference; the form of this list is invented."""
        references = parse_qs(inbound.query).get("reference_id", [])
        if len(references) != 1:
            raise invalid("reference_id: needed once in the query")
        charge = self._life.charges.of_reference(NAME, partner, references[0])
        state = None if charge is None else told_state(charge, self._plan, now)
        data = [] if charge is None or state is None else [self._told(charge, state)]
        return Answer(200, {"data": data, "has_more": False})

    def _give_back(self, operation: str, charge: Charge, inbound: Inbound, now: datetime) -> Answer:
        if operation == VOID:
            return self._giving_back.void(charge, now)
        if operation == REFUND:
            return self._giving_back.refund(charge, inbound, now)
        found = _ONE.fullmatch(inbound.path)
        return self._giving_back.refunds(charge, None if found is None else found["refund"])

    def _told(self, charge: Charge, state: State | None) -> dict[str, object]:
        if state is None:
            raise RefusedError(404, "DATA_NOT_FOUND", "there is no such charge")
        return charge_told(
            charge,
            state,
            amount=charge.amount,
            partner=charge.partner,
            callback_url=self._plan.notify_url,
        )
