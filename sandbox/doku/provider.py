"""DOKU's OVO push: a payment call that is held, its void, its status, its notification."""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.conduct import Reason
from sandbox.acquirer.followups import VOID as VOIDS
from sandbox.acquirer.followups import told_state
from sandbox.acquirer.life import Life
from sandbox.acquirer.partners import DEMO, OTHER, Partner, Partners
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.provider import Letter, Provider, Telling
from sandbox.acquirer.wire import Answer, Held, Inbound
from sandbox.answers import JAKARTA
from sandbox.doku.messages import (
    PaymentRequest,
    RefusedError,
    payment_request,
    payment_told,
    status_told,
    written,
)
from sandbox.doku.plan import CHARGE, STATUS, VOID, DokuPlan
from sandbox.doku.settlement import FORM
from sandbox.doku.signature import check_sum, is_same, signature

NAME = "doku"
_PAYMENT = "/ovo-emoney/v1/payment"
_CANCEL = "/ovo-emoney/v1/cancel"
_STATUS = re.compile(r"/orders/v1/status/([A-Za-z0-9._-]+)", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_LONGEST_REQUEST_ID = 128

# Published on purpose: these open nothing but a sandbox on a developer's own machine.
_PARTNERS = Partners(
    Partner(DEMO, "MCH-LUNAS-0001", "sandbox-doku-key-demo", "MCH-LUNAS-0001", "Klinik Lunas"),
    Partner(OTHER, "MCH-OTHER-0002", "sandbox-doku-key-other", "MCH-OTHER-0002", "Apotek Lain"),
)


class Doku(Provider):
    """The provider `doku`."""

    pushes = True

    def __init__(self, life: Life) -> None:
        self.name = NAME
        self.partners = _PARTNERS
        self.boot_plan: Plan = DokuPlan()
        self.settlement_form = FORM
        self._life = life

    def operation(self, inbound: Inbound) -> str | None:
        """What the path asks for."""
        if inbound.method == "POST":
            return {_PAYMENT: CHARGE, _CANCEL: VOID}.get(inbound.path)
        is_status = inbound.method == "GET" and _STATUS.fullmatch(inbound.path)
        return STATUS if is_status else None

    def answer(self, operation: str, inbound: Inbound, now: datetime) -> Answer | Held:
        """Do what the request asks for; a payment is held until its customer has answered."""
        try:
            if operation == CHARGE:
                return self._pay(inbound, now)
            if operation == VOID:
                return self._void(inbound, now)
            assert operation == STATUS
            return self._status(inbound, now)
        except RefusedError as error:
            return Answer(error.status, error.body)

    def held_answer(self, charge: Charge, now: datetime) -> Answer:
        """What the payment call says in the end."""
        return Answer(200, payment_told(charge, charge.state))

    def credentials(self, partner: Partner) -> Mapping[str, str]:
        """What the partner needs."""
        return {"client_id": partner.client_id, "secret_key": partner.secret}

    def tells(self, state: State) -> bool:
        """Of endings; that a time-out is told as one is INFERRED."""
        return state in {State.PAID, State.FAILED, State.EXPIRED, State.VOIDED}

    def letter(self, telling: Telling) -> Letter:
        """A notification, signed over its headers and the digest of its bytes."""
        charge, partner = telling.charge, telling.partner
        body = orjson.dumps(status_told(charge, telling.state, amount=telling.amount))
        request_id = self._life.handle("ntf-", telling.at)
        timestamp = written(telling.at)
        headers = {
            "Content-Type": "application/json",
            "Client-Id": partner.client_id,
            "Request-Id": request_id,
            "Request-Timestamp": timestamp,
            "Signature": signature(
                client_id=partner.client_id,
                request_id=request_id,
                timestamp=timestamp,
                target=urlsplit(telling.url).path or "/",
                body=body,
                secret=telling.secret,
            ),
        }
        return Letter(headers, body)

    @property
    def _plan(self) -> DokuPlan:
        plan = self._life.plans[NAME]
        assert isinstance(plan, DokuPlan)
        return plan

    def _pay(self, inbound: Inbound, now: datetime) -> Answer | Held:
        asked = payment_request(inbound.body, names_phone=True)
        partner = self._partner(asked, (asked.ovo_id,))
        if asked.amount < self._plan.minimum_amount:
            raise RefusedError(400, "invalid_amount", "order.amount is below the minimum")
        known = self._life.charges.of_reference(NAME, partner, asked.invoice)
        if known is not None:
            known.times_heard += 1
            raise RefusedError(400, "invoice_already_used", "order.invoice_number was used")
        charge = self._life.open(
            provider=NAME,
            partner=partner,
            reference=asked.invoice,
            handle=self._life.handle("DOKU", now),
            amount=asked.amount,
            now=now,
            phone=asked.ovo_id,
        )
        if charge is None:
            raise RefusedError(500, "internal_server_error", "too many charges wait")
        if charge.conduct.reason is Reason.UNKNOWN_PHONE:
            self._life.fail(charge, Reason.UNKNOWN_PHONE, now)
            return Answer(200, payment_told(charge, charge.state), charge)
        self._life.begin(charge, now)
        return Held(charge)

    def _void(self, inbound: Inbound, now: datetime) -> Answer:
        """Give all of it back the same day. The form of this call is INFERRED from a payment's."""
        asked = payment_request(inbound.body, names_phone=False)
        partner = self._partner(asked, (asked.ovo_id, ""))
        charge = self._life.charges.of_reference(NAME, partner, asked.invoice)
        if charge is None or charge.amount != asked.amount:
            raise RefusedError(404, "data_not_found", "there is no such payment")
        charge.follow_ups[VOIDS] += 1
        if charge.state is State.VOIDED:
            return Answer(200, _void_told(charge))
        paid_at, today = charge.paid_at, now.astimezone(JAKARTA).date()
        if charge.state is not State.PAID or paid_at is None:
            raise RefusedError(400, "invalid_status", "the payment was not paid")
        if paid_at.astimezone(JAKARTA).date() != today:
            raise RefusedError(400, "void_not_allowed", "only on the day of the payment")
        self._life.void(charge, now)
        return Answer(200, _void_told(charge))

    def _status(self, inbound: Inbound, now: datetime) -> Answer:
        partner = self._signer(inbound, now)
        found = _STATUS.fullmatch(inbound.path)
        assert found is not None
        charge = self._life.charges.of_reference(NAME, partner, found[1])
        state = None if charge is None else told_state(charge, self._plan, now)
        if charge is None or state is None:
            raise RefusedError(404, "data_not_found", "there is no such order")
        return Answer(200, status_told(charge, state, amount=charge.amount))

    def _partner(self, asked: PaymentRequest, ovo_ids: tuple[str, ...]) -> Partner:
        """Whose check sum this is. Raises RefusedError."""
        partner = self.partners.known_as(asked.client_id)
        if partner is not None:
            for ovo_id in ovo_ids:
                right = check_sum(
                    amount=asked.amount,
                    client_id=asked.client_id,
                    invoice=asked.invoice,
                    ovo_id=ovo_id,
                    secret=partner.secret,
                )
                if is_same(right, asked.check_sum):
                    return partner
        raise RefusedError(400, "invalid_signature", "client.id or security.check_sum")

    def _signer(self, inbound: Inbound, now: datetime) -> Partner:
        """Who signed the headers. Raises RefusedError."""
        names = ("client-id", "request-id", "request-timestamp", "signature")
        client_id, request_id, timestamp, given = (inbound.header(name) for name in names)
        if not request_id or len(request_id) > _LONGEST_REQUEST_ID:
            raise RefusedError(400, "invalid_header", "Request-Id")
        if _TIMESTAMP.fullmatch(timestamp) is None or self._is_stale(timestamp, now):
            raise RefusedError(400, "invalid_header", "Request-Timestamp")
        partner = self.partners.known_as(client_id)
        for target in inbound.signed_targets if partner is not None else ():
            right = signature(
                client_id=client_id,
                request_id=request_id,
                timestamp=timestamp,
                target=target,
                body=None,
                secret="" if partner is None else partner.secret,
            )
            if partner is not None and is_same(right, given):
                return partner
        raise RefusedError(401, "invalid_signature", "Client-Id or Signature")

    def _is_stale(self, timestamp: str, now: datetime) -> bool:
        try:
            signed_at = datetime.fromisoformat(timestamp)
        except ValueError:
            return True
        within = self._plan.timestamp_within
        return within is not None and abs(now - signed_at) > within


def _void_told(charge: Charge) -> dict[str, object]:
    """The answer to a void: SUCCESS is about the void itself."""
    told = payment_told(charge, charge.state)
    told["ovo_payment"]["status"] = "SUCCESS"
    return told
