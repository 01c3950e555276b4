"""A whole house in memory, with a clock that is moved by hand and a wallet that answers as told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import final

from adapters.outbound.memory.search import MemoryIndex
from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.signal.local import LocalSignal
from application.ports import (
    Charge,
    Fingerprint,
    Kept,
    NotificationReader,
    PaymentGateway,
    ReferenceAllocator,
    WebhookSender,
)
from bootstrap.container import Core
from domain.attempt import References
from domain.events import Event
from domain.ids import IdKind, new_id
from domain.merchant import OVO_PUSH, Caller, ProviderAccount
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.outcome import Approved, Outcome
from domain.payment import Payment
from domain.provider import Provider
from domain.webhook import DeliveryAnswer, Endpoint
from tests.hmac_provider import KEY, HmacReader

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
CALLER = Caller("cli_1", "mer_1", livemode=False)
OTHER = Caller("cli_2", "mer_2", livemode=False)
OVO = Provider("ovo", OVO_PUSH, Money(1_000))
CREDENTIALS = {"tid": "1", "mid": "2"}
KEYS = {CALLER.merchant_id: "key-of-mer-1", OTHER.merchant_id: "key-of-mer-2"}
"""What signs each merchant's notifications."""


@dataclass(slots=True)
class HandClock:
    """Stands still until it is moved; `uptime` moves with it."""

    at: datetime = NOON
    uptime: timedelta = timedelta(seconds=1_000)

    def __call__(self) -> Moment:
        """Read it."""
        return Moment(self.at, "boot", self.uptime)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)
        self.uptime += timedelta(seconds=seconds)


@final
@dataclass(slots=True)
class Wallet(PaymentGateway):
    """Answers every call as told, and remembers what it heard."""

    answer: Callable[[Charge], Awaitable[Outcome]] | Outcome = field(
        default_factory=lambda: Approved("00", {"approval_code": "1"})
    )
    pushes: list[Charge] = field(default_factory=list)
    checks: list[Charge] = field(default_factory=list)
    reversals: list[Charge] = field(default_factory=list)
    voids: list[Charge] = field(default_factory=list)
    void_checks: list[Charge] = field(default_factory=list)
    stopped: bool = False

    async def push(self, charge: Charge) -> Outcome:
        """Hear a push."""
        self.pushes.append(charge)
        return await self._answered(charge)

    async def check(self, charge: Charge) -> Outcome:
        """Hear a check."""
        self.checks.append(charge)
        return await self._answered(charge)

    async def reverse(self, charge: Charge) -> Outcome:
        """Hear a reversal."""
        self.reversals.append(charge)
        return await self._answered(charge)

    async def void(self, charge: Charge) -> Outcome:
        """Hear a void."""
        self.voids.append(charge)
        return await self._answered(charge)

    async def check_void(self, charge: Charge) -> Outcome:
        """Hear a void check."""
        self.void_checks.append(charge)
        return await self._answered(charge)

    async def is_registered(self, account: ProviderAccount, phone: Msisdn) -> bool | None:
        """Every number is."""
        return True

    def shut(self) -> None:
        """Remember that nothing may leave any more."""
        self.stopped = True

    async def _answered(self, charge: Charge) -> Outcome:
        return await self.answer(charge) if callable(self.answer) else self.answer


@final
@dataclass(slots=True)
class Post(WebhookSender):
    """Answers every delivery as told, and remembers what was sent where."""

    answer: Callable[[Endpoint, Event], Awaitable[DeliveryAnswer]] | DeliveryAnswer = field(
        default_factory=lambda: DeliveryAnswer(204)
    )
    sent: list[tuple[str, Event]] = field(default_factory=list)

    async def send(self, endpoint: Endpoint, event: Event) -> DeliveryAnswer:
        """Hear a delivery."""
        self.sent.append((endpoint.id, event))
        return await self.answer(endpoint, event) if callable(self.answer) else self.answer


@final
class CountedReferences(ReferenceAllocator):
    """1, 2, 3, …"""

    def __init__(self) -> None:
        self._numbers = count(1)

    def next(self, account: ProviderAccount, attempt_id: str) -> References:
        """The next number."""
        number = next(self._numbers)
        return References({"reference_no": number}, (f"ref:{number}", f"invoice:{attempt_id}"))


@final
class MemoryHouse:
    """The core over memory, with what its tests take hold of."""

    def __init__(self, provider: Provider = OVO, alone: bool = True) -> None:
        self.clock = HandClock()
        self.store = MemoryStore(now=lambda: self.clock.at)
        self.index = MemoryIndex()
        self.signal = LocalSignal()
        self.wallet = Wallet()
        self.post = Post()
        self.reader = HmacReader()
        self.readers: dict[str, NotificationReader] = {"ovo": self.reader}
        self.luck = 0.0
        numbers = count(1)

        def fresh(kind: IdKind) -> str:
            return new_id(kind, 1_000_000 + next(numbers), bytes(10))

        self.new_id = fresh
        store = self.store
        self.core = Core(
            payments=store.payments,
            feed=store.feed,
            index=self.index,
            events=store.events,
            deliveries=store.deliveries,
            endpoints=store.endpoints,
            directory=store.directory,
            accounts=store.accounts,
            sequences=store.sequences,
            heartbeats=store.heartbeats,
            idempotency=store.idempotency,
            inbox=store.inbox,
            links=store.links,
            linking={},
            readers=self.readers,
            signal=self.signal,
            waiter=self.signal,
            gateway=self.wallet,
            references=CountedReferences(),
            provider=provider,
            clock=self.clock,
            new_id=fresh,
            luck=lambda: self.luck,
            new_secret=lambda: "whsec_" + "A" * 43 + "=",
            new_api_key=lambda: f"key-{next(numbers)}",
            worker="w1",
            alone=alone,
            webhook_answer_within=timedelta(seconds=15),
            per_endpoint=8,
            searched_description=False,
        )
        self.core.check_dependencies()
        for caller in (CALLER, OTHER):
            store.accounts.save(
                ProviderAccount(
                    caller.merchant_id,
                    "ovo",
                    livemode=False,
                    credentials=CREDENTIALS | {KEY: KEYS[caller.merchant_id]},
                )
            )

    def start(self, order_id: str = "o1", caller: Caller = CALLER, **more: object) -> Payment:
        """A payment of Rp 50.000."""
        return self.core.start()(caller, an_order(order_id, **more))

    def claim(self, room: int = 10) -> Payment:
        """Claim what is due, and return the first payment claimed."""
        return self.core.push()(room).to_send[0].payment

    def get(self, payment: Payment) -> Payment:
        """The payment as it is stored."""
        return self.store.payments.get(payment.id)

    def endpoint(self, caller: Caller = CALLER, url: str = "https://chat.example/hook") -> Endpoint:
        """A webhook endpoint that hears everything."""

        def keep(endpoint: Endpoint) -> Kept:
            mark = Fingerprint("k1", endpoint.id)
            return Kept(f"s:{endpoint.id}", mark, 201, {}, b"{}", self.clock.at)

        return self.core.webhook_endpoints().create(caller, url, [], keep)


def an_order(order_id: str = "o1", **more: object) -> Order:
    """Rp 50.000 from 0812 3456 7890, unless more is said."""
    known: dict[str, object] = {
        "order_id": order_id,
        "amount": Money(50_000),
        "method": OVO_PUSH,
        "provider": "ovo",
        "expires_in": timedelta(hours=1),
        "phone": Msisdn("081234567890"),
    }
    return Order(**(known | more))  # type: ignore[arg-type]  # a builder takes any field
