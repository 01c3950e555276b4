"""OVO's QRIS over SNAP: which path does what, and its notification of a payment."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.life import Life
from sandbox.acquirer.partners import DEMO, OTHER, Partner, Partners
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.provider import Letter, Provider, Telling
from sandbox.acquirer.wire import Answer, Inbound
from sandbox.ovo_qris import emv
from sandbox.ovo_qris import plan as operations
from sandbox.ovo_qris.codes import Codes, code_of, latest
from sandbox.ovo_qris.plan import PATHS, QrisPlan
from sandbox.snap import cases, fields
from sandbox.snap.cases import Case, SnapError
from sandbox.snap.entrance import Entrance, Visitor
from sandbox.snap.issuer import issue_b2b, refusal
from sandbox.snap.keys import private_pem, sandbox_key
from sandbox.snap.settlement import report
from sandbox.snap.signature import request_text, symmetric
from sandbox.snap.tokens import B2B, Tokens

NAME = "ovo_qris"
CHANNEL_ID = "95221"
QRIS_MDR = 70  # ten-thousandths: the regular fee of QRIS, by a rule of 2019

# Published on purpose: these open nothing but a sandbox on a developer's own machine.
_PARTNERS = Partners(
    Partner(DEMO, "lunas-ovo-qris", "0611" * 16, "200001", "Klinik Lunas", "00400001"),
    Partner(OTHER, "other-ovo-qris", "0612" * 16, "200002", "Apotek Lain", "00400002"),
)
_SERVICES = {
    operations.GENERATE: cases.QR_GENERATE,
    operations.QUERY: cases.QR_QUERY,
    operations.CANCEL: cases.QR_CANCEL,
    operations.REFUND: cases.QR_REFUND,
}


class OvoQris(Provider):
    """The provider `ovo_qris`."""

    def __init__(self, life: Life) -> None:
        self.name = NAME
        self.partners = _PARTNERS
        self.boot_plan: Plan = QrisPlan()
        self.settlement_form = report(mdr=QRIS_MDR)
        self.tokens = Tokens(life.token)
        self._life = life
        self._entrance = Entrance(NAME, _PARTNERS, self.tokens)
        self._codes = Codes(life=life, provider=NAME)

    def operation(self, inbound: Inbound) -> str | None:
        """What the path asks for; every operation is a POST."""
        return PATHS.get(inbound.path) if inbound.method == "POST" else None

    def answer(self, operation: str, inbound: Inbound, now: datetime) -> Answer:
        """Do what the request asks for, or refuse it with a code of the standard."""
        plan = self._plan
        if operation == operations.B2B_TOKEN:
            return issue_b2b(
                inbound, entrance=self._entrance, tokens=self.tokens, plan=plan, now=now
            )
        try:
            visitor = self._entrance.of_request(
                inbound, plan, now, opened_by=(B2B,), names_device=False
            )
            return self._serve(operation, visitor, inbound.base, now)
        except SnapError as error:
            return refusal(error, _SERVICES[operation])

    def credentials(self, partner: Partner) -> Mapping[str, str]:
        """What the partner needs."""
        return {
            "client_id": partner.client_id,
            "client_secret": partner.secret,
            "private_key": private_pem(sandbox_key(NAME, partner.name)),
            "merchant_id": partner.merchant_id,
            "terminal_id": partner.terminal_id,
            "channel_id": CHANNEL_ID,
        }

    def tells(self, state: State) -> bool:
        """Only of a payment, as far as is known (INFERRED)."""
        return state is State.PAID

    def letter(self, telling: Telling) -> Letter:
        """A `qr-mpm-notify`, signed symmetrically as OVO's page has it."""
        charge, partner = telling.charge, telling.partner
        body = orjson.dumps(
            {
                "originalReferenceNo": charge.handle,
                "originalPartnerReferenceNo": charge.reference,
                **latest(code_of(telling.state, self._plan)),
                "amount": fields.written_rupiah(telling.amount),
                "additionalInfo": {"merchantId": partner.merchant_id},
            }
        )
        timestamp = fields.written_time(telling.at)
        token = "" if self._plan.notify_token == "none" else self.tokens.latest(partner.name)  # noqa: S105  a word, no secret
        parts = urlsplit(telling.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        text = request_text(
            method="POST", target=target, token=token, body=body, timestamp=timestamp
        )
        headers = {
            "Content-Type": "application/json",
            "X-TIMESTAMP": timestamp,
            "X-SIGNATURE": symmetric(telling.secret, text),
            "X-PARTNER-ID": partner.client_id,
            "X-EXTERNAL-ID": f"{self._life.number():012}",
            "CHANNEL-ID": CHANNEL_ID,
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return Letter(headers, body)

    def is_taken(self, status: int, body: bytes) -> bool:
        """HTTP 200 and the standard's code of success."""
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            return False
        right = Case.SUCCESSFUL.code(cases.QR_NOTIFY)
        return status == 200 and isinstance(found, dict) and found.get("responseCode") == right

    def scanned(self, text: str) -> Charge:
        """The code that a customer scanned. Raises QrError when it is damaged or not ours."""
        values = emv.decoded(text)
        handle = emv.inner(values.get("62", "")).get("05", "")
        for name in (DEMO, OTHER):
            partner = self.partners.named(name)
            charge = partner and self._life.charges.of_handle(NAME, partner, handle)
            if charge and charge.details["qr"] == text.strip():
                return charge
        raise emv.QrError("a code of somebody else")

    @property
    def _plan(self) -> QrisPlan:
        plan = self._life.plans[NAME]
        assert isinstance(plan, QrisPlan)
        return plan

    def _serve(self, operation: str, visitor: Visitor, base: str, now: datetime) -> Answer:
        if operation == operations.GENERATE:
            return self._codes.generate(visitor, base, now)
        if operation == operations.QUERY:
            return self._codes.query(visitor, now)
        if operation == operations.CANCEL:
            return self._codes.cancel(visitor, now)
        assert operation == operations.REFUND
        return self._codes.refund(visitor, now)
