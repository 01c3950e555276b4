"""OVO's linked accounts over SNAP: which path does what, and whom each of them lets in."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.acquirer.life import Life
from sandbox.acquirer.partners import DEMO, OTHER, Partner, Partners
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.provider import Provider
from sandbox.acquirer.wire import Answer, Inbound
from sandbox.ovo_snap import plan as operations
from sandbox.ovo_snap.binding import UNLINK, Binding
from sandbox.ovo_snap.customer_tokens import CustomerTokens
from sandbox.ovo_snap.debit import Debit
from sandbox.ovo_snap.history import History
from sandbox.ovo_snap.links import Links
from sandbox.ovo_snap.pin import Pins
from sandbox.ovo_snap.plan import PATHS, LinkedPlan
from sandbox.snap import cases, fields
from sandbox.snap.cases import Case, SnapError
from sandbox.snap.entrance import Entrance, Visitor
from sandbox.snap.issuer import issue_b2b, refusal
from sandbox.snap.keys import private_pem, sandbox_key
from sandbox.snap.settlement import report
from sandbox.snap.tokens import B2B, B2B2C, Tokens

NAME = "ovo_snap"
CHANNEL_ID = "95221"

# Published on purpose: these open nothing but a sandbox on a developer's own machine.
_PARTNERS = Partners(
    Partner(DEMO, "lunas-ovo-snap", "0501" * 16, "100001", "Klinik Lunas"),
    Partner(OTHER, "other-ovo-snap", "0502" * 16, "100002", "Apotek Lain"),
)
_SERVICES = {
    operations.BIND: cases.BINDING,
    operations.UNBIND: cases.UNBINDING,
    operations.BALANCE: cases.BALANCE,
    operations.CHARGE: cases.PAY,
    operations.STATUS: cases.STATUS,
    operations.REFUND: cases.REFUND,
}
_OPENED_BY: Mapping[str, tuple[str, ...]] = {
    operations.BIND: (),
    operations.UNBIND: (B2B2C, UNLINK),
    operations.BALANCE: (B2B2C,),
    operations.CHARGE: (B2B2C,),
    operations.STATUS: (B2B2C,),
    operations.REFUND: (B2B2C, B2B),
}


class OvoSnap(Provider):
    """The provider `ovo_snap`."""

    def __init__(self, life: Life) -> None:
        self.name = NAME
        self.partners = _PARTNERS
        self.boot_plan: Plan = LinkedPlan()
        self.settlement_form = report()
        self.tokens = Tokens(life.token)
        self.links = Links(life.token)
        self._life = life
        self._entrance = Entrance(NAME, _PARTNERS, self.tokens)
        self._customers = CustomerTokens(
            entrance=self._entrance, tokens=self.tokens, links=self.links
        )
        self.binding = Binding(life=life, links=self.links, tokens=self.tokens, provider=NAME)
        self._debit = Debit(life=life, links=self.links, provider=NAME)
        self.pins = Pins(
            life=life, links=self.links, binding=self.binding, payments=self._debit.pages
        )
        self._history = History(life=life, links=self.links, provider=NAME)

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
        if operation == operations.CUSTOMER_TOKEN:
            return self._customers.issue(inbound, plan, now)
        opened_by = _OPENED_BY[operation]
        if operation == operations.STATUS and plan.status_token == "either":  # noqa: S105  a word, no secret
            opened_by = (B2B2C, B2B)
        try:
            visitor = self._entrance.of_request(
                inbound, plan, now, opened_by=opened_by, names_device=True
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
            "channel_id": CHANNEL_ID,
            "device_id": "lunas-server",
        }

    @property
    def _plan(self) -> LinkedPlan:
        plan = self._life.plans[NAME]
        assert isinstance(plan, LinkedPlan)
        return plan

    def _serve(self, operation: str, visitor: Visitor, base: str, now: datetime) -> Answer:
        if operation == operations.BIND:
            return self.binding.bind(visitor, base, now)
        if operation == operations.UNBIND:
            return self.binding.unbind(visitor, now)
        if operation == operations.CHARGE:
            return self._debit.pay(visitor, base, now)
        if operation == operations.STATUS:
            return self._history.status(visitor, now)
        if operation == operations.REFUND:
            return self._history.refund(visitor, now)
        assert operation == operations.BALANCE
        cash = fields.written_rupiah(self._plan.balance)
        points = fields.written_rupiah(0)
        infos = [
            {"balanceType": kind, "amount": amount, "availableBalance": amount, "status": "0001"}
            for kind, amount in (("CASH", cash), ("POINTS", points))
        ]
        return Answer(200, Case.SUCCESSFUL.head(cases.BALANCE) | {"accountInfos": infos})
