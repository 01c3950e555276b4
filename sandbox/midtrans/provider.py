"""Midtrans' Core API for OVO: charge, status, cancel, expire, refund, notifications."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from sandbox.acquirer.basic import basic_user
from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.conduct import Reason
from sandbox.acquirer.followups import CANCEL as CANCELS
from sandbox.acquirer.followups import told_state
from sandbox.acquirer.life import REFUNDS_OF_A_CHARGE, Life
from sandbox.acquirer.partners import DEMO, OTHER, Partner, Partners
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.provider import Letter, Provider, Telling
from sandbox.acquirer.wire import Answer, Inbound
from sandbox.midtrans.messages import signature_key, told
from sandbox.midtrans.plan import CANCEL, CHARGE, EXPIRE, REFUND, STATUS, MidtransPlan
from sandbox.midtrans.requests import (
    LONGEST_ORDER_ID,
    RefusedError,
    charge_request,
    invalid,
    json_object,
)
from sandbox.midtrans.settlement import FORM

NAME = "midtrans"
_PATH = re.compile(r"/v2/(?P<order>[^/]+)/(?P<verb>status|cancel|expire|refund)", re.ASCII)

# Published on purpose: these open nothing but a sandbox on a developer's own machine.
_PARTNERS = Partners(
    Partner(DEMO, "M100001", "sandbox-server-key-demo", "M100001", "Klinik Lunas"),
    Partner(OTHER, "M100002", "sandbox-server-key-other", "M100002", "Apotek Lain"),
)


class Midtrans(Provider):
    """The provider `midtrans`."""

    pushes = True
    tells_refunds = True

    def __init__(self, life: Life) -> None:
        self.name = NAME
        self.partners = _PARTNERS
        self.boot_plan: Plan = MidtransPlan()
        self.settlement_form = FORM
        self._life = life

    def operation(self, inbound: Inbound) -> str | None:
        """What the path asks for."""
        if (inbound.method, inbound.path) == ("POST", "/v2/charge"):
            return CHARGE
        found = _PATH.fullmatch(inbound.path)
        if found is None or (inbound.method == "GET") != (found["verb"] == STATUS):
            return None
        return found["verb"] if inbound.method in {"GET", "POST"} else None

    def answer(self, operation: str, inbound: Inbound, now: datetime) -> Answer:
        """Do what the request asks for, or refuse it with a status code."""
        try:
            secret = basic_user(inbound)
            partner = None if secret is None else self.partners.with_secret(secret)
            if partner is None:
                raise RefusedError("401", "Unknown Merchant server_key/id")
            if operation == CHARGE:
                return self._charge(partner, json_object(inbound.body), now)
            charge = self._find(partner, inbound)
            if operation == STATUS:
                return self._status(charge, now)
            if operation == REFUND:
                return self._refund(charge, json_object(inbound.body), now)
            assert operation in {CANCEL, EXPIRE}
            return self._end(charge, operation, now)
        except RefusedError as error:
            return self._answer(error.body)

    def credentials(self, partner: Partner) -> Mapping[str, str]:
        """What the partner needs."""
        return {"server_key": partner.secret, "merchant_id": partner.merchant_id}

    def tells(self, state: State) -> bool:
        """Of every state, the first one too."""
        return state is not State.REFUNDED  # that is told as a refund

    def letter(self, telling: Telling) -> Letter:
        """A notification with its signature_key."""
        charge = telling.charge
        body = told(
            charge,
            telling.state,
            amount=telling.amount,
            partner=telling.partner,
            refund=telling.refund,
        )
        body["signature_key"] = signature_key(
            order_id=charge.reference,
            status_code=str(body["status_code"]),
            gross_amount=str(body["gross_amount"]),
            server_key=telling.secret,
        )
        return Letter({"Content-Type": "application/json"}, orjson.dumps(body))

    @property
    def _plan(self) -> MidtransPlan:
        plan = self._life.plans[NAME]
        assert isinstance(plan, MidtransPlan)
        return plan

    def _answer(self, body: dict[str, object], charge: Charge | None = None) -> Answer:
        status = int(str(body["status_code"])) if self._plan.http_status == "same" else 200
        return Answer(status, body, charge)

    def _charge(self, partner: Partner, body: dict[str, Any], now: datetime) -> Answer:
        order_id, amount, phone = charge_request(body, self._plan.minimum_amount)
        known = self._life.charges.of_reference(NAME, partner, order_id)
        if known is not None:
            known.times_heard += 1
            raise RefusedError("406", "The order_id has been used already")
        conduct = self._life.conduct_of(NAME, phone=phone, amount=amount)
        if conduct.reason is Reason.UNKNOWN_PHONE:
            raise RefusedError("404", "User with requested phone number doesn't exist")
        charge = self._life.open(
            provider=NAME,
            partner=partner,
            reference=order_id,
            handle=str(uuid.uuid5(uuid.NAMESPACE_OID, self._life.handle(order_id, now))),
            amount=amount,
            now=now,
            phone=phone,
            details={"invoice": self._life.handle("MT", now)},
        )
        if charge is None:
            raise RefusedError("500", "Sorry. Our system is recovering from unexpected issues.")
        self._life.begin(charge, now)
        return self._answer(told(charge, State.WAITING, amount=amount, partner=partner), charge)

    def _find(self, partner: Partner, inbound: Inbound) -> Charge:
        found = _PATH.fullmatch(inbound.path)
        assert found is not None
        charges, order = self._life.charges, found["order"]
        charge = charges.of_reference(NAME, partner, order) or charges.of_handle(
            NAME, partner, order
        )
        if charge is None:
            raise RefusedError("404", "Transaction doesn't exist.")
        return charge

    def _status(self, charge: Charge, now: datetime) -> Answer:
        state = told_state(charge, self._plan, now)
        if state is None:
            raise RefusedError("404", "Transaction doesn't exist.")
        return self._answer(told(charge, state, amount=charge.amount, partner=charge.partner))

    def _end(self, charge: Charge, operation: str, now: datetime) -> Answer:
        """Cancel, or expire, what waits; a repeated request finds it done."""
        charge.follow_ups[CANCELS] += 1
        done = State.CANCELED if operation == CANCEL else State.EXPIRED
        if charge.state is State.WAITING:
            if operation == CANCEL:
                self._life.cancel(charge, now)
            else:
                self._life.expire(charge, now)
        elif charge.state is not done:
            raise RefusedError("412", "Merchant cannot modify the status of the transaction")
        return self._answer(
            told(charge, charge.state, amount=charge.amount, partner=charge.partner)
        )

    def _refund(self, charge: Charge, body: dict[str, Any], now: datetime) -> Answer:
        """Refunds of OVO: one reading of Midtrans' pages has them, the other does not say."""
        charge.follow_ups["refund"] += 1
        key, amount = body.get("refund_key"), body.get("amount", charge.amount)
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_ORDER_ID:
            raise invalid("refund_key is required")
        if type(amount) is not int or amount <= 0:
            raise invalid("amount is not a valid number")
        refund = charge.refunds.get(key)
        if refund is None:
            left = charge.amount - charge.promised_back
            full = len(charge.refunds) >= REFUNDS_OF_A_CHARGE
            if not self._plan.takes_refunds or charge.state is not State.PAID or full:
                raise RefusedError("412", "Merchant cannot modify the status of the transaction")
            if amount > left:
                raise RefusedError("414", "Refund amount exceeds what is left of the payment")
            refund = self._life.refund(
                charge, reference=key, amount=amount, reason=str(body.get("reason", "")), now=now
            )
        else:
            refund.times_heard += 1
            if refund.amount != amount:
                raise RefusedError("406", "The refund_key has been used already")
        fields = told(
            charge, charge.state, amount=charge.amount, partner=charge.partner, refund=refund
        )
        return self._answer(fields)
