"""What all who live in one world share: the store, the wallet's door, the rules and the story."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, final

from adapters.outbound.memory.store import MemoryStore
from application.invariants import Breach, waits_to_be_settled
from application.ports import Fingerprint, Kept
from application.webhook_endpoints import WebhookEndpoints
from domain.attempt import CONCLUDED, Attempt
from domain.merchant import OVO_PUSH, Caller, ProviderAccount
from domain.moment import AttemptClocks, Moment
from domain.money import Money
from domain.payment import Change, Payment, Status
from domain.provider import Provider
from domain.refund import RefundStatus
from domain.rules import Rulebook, Rules
from domain.webhook import Endpoint
from simulation.beside import Beside
from simulation.calls import Sent
from simulation.dice import Dice
from simulation.network import CREDENTIALS, Network
from simulation.receiver import Receiver
from simulation.stores import Saved, StoreTime, TrueHeartbeats
from simulation.switches import Switches
from simulation.waking import Wake
from simulation.world import World

if TYPE_CHECKING:
    from simulation.mixing import Mixture
    from simulation.worker import Worker

MERCHANT = "mer_1"
CALLER = Caller("cli_1", MERCHANT, livemode=False)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@final
class Judge(Saved):
    """Looks at every change as it is written: what may never be, not even for a moment."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self.ended: dict[str, datetime] = {}
        self._known: dict[str, Payment] = {}

    def note(self, change: Change) -> None:
        payment, house = change.payment, self._house
        house.schedule(payment.order.provider)
        if change.events:
            house.relay()
        house.noticed(payment)
        known = self._known.get(payment.id)
        self._known[payment.id] = payment
        before = known.history if known else ()
        if payment.history is not before and payment.history[: len(before)] != before:
            house.breach(13, "history only grows", payment.id)
        if known is None or payment.attempts is not known.attempts:
            self._note_attempts(payment, len(known.attempts) if known else 0)
        if house.telling:
            kinds = " ".join(event.type for event in change.events)
            attempts = " ".join(f"{a.id[-4:]}={a.status}" for a in payment.attempts)
            house.tell(
                "store", f"{payment.id[-6:]} v{payment.version} {payment.status} {attempts} {kinds}"
            )

    def _note_attempts(self, payment: Payment, known: int) -> None:
        """When each was called not charged, and that none was claimed that may not be."""
        house = self._house
        for attempt in payment.attempts:
            if attempt.status in CONCLUDED:
                self.ended.setdefault(attempt.id, house.world.now)
        if len(payment.attempts) > known and house.open_late_success(payment):
            house.breach(12, "no claim beside an open late success", payment.id)


def _is_open(payment: Payment) -> bool:
    """Whether there is anything in it for an operator to find out, to close or to pay back."""
    if payment.status is Status.UNKNOWN:
        return True
    if payment.refunds and any(r.status is RefundStatus.PENDING for r in payment.refunds):
        return True
    return bool(payment.exceptions) and any(record.open for record in payment.exceptions)


@final
class House:
    """One world's shared things. `telling` keeps a story; without it a world is faster."""

    def __init__(
        self,
        seed: int,
        start: datetime,
        switches: Switches,
        *,
        rules: Rules,
        telling: bool,
        beside: Beside | None = None,
    ) -> None:
        self.seed = seed
        self.switches = switches
        self.telling = telling
        self.world = World(start)
        self.rules = rules
        self.rulebook = Rulebook(rules)
        self.provider = Provider("ovo", OVO_PUSH, Money(1_000), rules)
        self.providers: dict[str, Provider] = {"ovo": self.provider}
        self.mix: Mixture | None = None
        self.quiet_signal = Wake()
        self.store_time = StoreTime(self.world)
        self.store = MemoryStore(now=self.store_time)
        if beside is not None:
            beside(self.store, self.store_time)
        self.heartbeats = TrueHeartbeats(self.world, self.store_time)
        self.network = Network(self.world, switches, seed)
        self.receiver = Receiver(self.world, switches)
        self.saved = Judge(self)
        due = self.store.state.due
        self._pending, self._awaiting, self._retrying = (
            due["ovo", status]
            for status in (Status.PENDING, Status.AWAITING_CUSTOMER, Status.REQUIRES_RETRY)
        )
        self._asked = self.store.state.asked["ovo"]
        self._skew = rules.clocks.skew
        self.sent: list[Sent] = []
        self.workers: list[Worker] = []
        self.found: list[Breach] = []
        self.quiet_from = start + timedelta(days=10_000)
        self.orders: dict[str, list[str]] = {}
        self.changed: dict[str, None] = {}
        self.open: dict[str, None] = {}
        self.resting: dict[str, Callable[[], object]] = {}
        self.store.accounts.save(
            ProviderAccount(MERCHANT, "ovo", livemode=False, credentials=CREDENTIALS)
        )
        self._endpoint()

    @property
    def clocks(self) -> AttemptClocks:
        """OVO's clocks."""
        return self.rules.clocks

    def dice(self, *stream: int) -> Dice:
        """A stream of this world's chance."""
        return Dice(self.seed, *stream)

    def dice_of(self, name: str, stream: int) -> Dice:
        """A stream that belongs to one attempt, whatever else happens in its world."""
        return Dice(self.seed, int(name[-12:], 16), stream)

    def tell(self, who: str, what: str) -> None:
        """Add to the story."""
        if self.telling:
            self.world.tell(who, what)

    def accidents_allowed(self) -> bool:
        """Whether anything may still go wrong: towards its end the world is calm."""
        return self.world.now < self.quiet_from

    def take(self, mix: "Mixture") -> None:
        """Let other providers in, before anybody lives in it."""
        self.mix = mix
        self.providers |= mix.providers
        self.rulebook = mix.rulebook

    def schedule(self, provider: str) -> None:
        """Something was written: the workers wake when it is due, by whatever clock they have."""
        if provider != "ovo":
            for worker in self.workers:
                if worker.branches:
                    worker.branches.schedule(provider)
            return
        dues = self.dues()
        for worker in self.workers:
            worker.schedule(dues)

    def dues(self) -> tuple[datetime, datetime, datetime]:
        """When by the store's clock the first push, question and upkeep are due."""
        held, retried = self._awaiting.first_at(), self._retrying.first_at() or NEVER
        upkeep = retried if held is None else min(held + self._skew, retried)
        return self._pending.first_at() or NEVER, self._asked.first_at() or NEVER, upkeep

    def notice_kept(self) -> None:
        """A notification came in."""
        for worker in self.workers:
            if worker.branches:
                worker.branches.inbox.wake(self.world.now + timedelta(milliseconds=5))

    def keeps(self, attempt: Attempt) -> bool:
        """Whether by its provider's books the merchant has the attempt's money."""
        if attempt.provider == "ovo":
            push = self.network.pushes.get(str(attempt.references.shown["merchant_invoice"]))
            return push is not None and push.money_kept
        charge = self.mix.charge_of(attempt) if self.mix else None
        return charge is not None and charge.kept > 0

    def relay(self) -> None:
        """There is an event to be told."""
        for worker in self.workers:
            worker.relay()

    def look_again(self) -> None:
        """Have the workers look at everything: somebody died, or a clock was set."""
        for worker in self.workers:
            worker.look_everywhere()

    def noticed(self, payment: Payment) -> None:
        """Keep what judges, the operator and the chat look at: what changed, what is open."""
        self.changed[payment.id] = None
        if _is_open(payment):
            self.open[payment.id] = None
        else:
            self.open.pop(payment.id, None)
        look = self.resting.pop(payment.id, None)
        if look is not None:
            look()

    def silent(self, worker: str, until: datetime) -> None:
        """A worker gives no sign of life until then."""
        self.heartbeats.last[worker] = self.store_time()
        self.heartbeats.silent.add(worker)

        def back() -> None:
            self.heartbeats.silent.discard(worker)
            if any(w.name == worker and w.alive for w in self.workers):
                self.heartbeats.last[worker] = None

        self.world.at(until, back)
        self.world.after(timedelta(seconds=12), self.look_again)

    def breach(self, number: int, name: str, payment_id: str, detail: str = "") -> None:
        """Something that may never be."""
        self.found.append(Breach(number, name, payment_id, detail))

    def open_late_success(self, payment: Payment) -> bool:
        """Whether any payment of its order has a late success to be settled."""
        ids = self.orders.get(payment.order.order_id, ())
        others = (self.store.state.payments.get(payment_id) for payment_id in ids)
        return any(p is not None and waits_to_be_settled(p) for p in others)

    def _endpoint(self) -> None:
        def keep(endpoint: Endpoint) -> Kept:
            mark = Fingerprint("k1", endpoint.id)
            scope = f"{CALLER.client_id} POST /v1/webhook_endpoints {endpoint.id}"
            return Kept(scope, mark, 201, {}, b"{}", self.world.now)

        endpoints = WebhookEndpoints(
            self.store.endpoints,
            self._moment,
            self.world.new_id,
            lambda: "whsec_" + "A" * 43 + "=",
        )
        endpoints.create(CALLER, "https://chat.example/hook", [], keep)

    def _moment(self) -> Moment:
        return Moment(self.store_time(), "chat", self.world.uptime())
