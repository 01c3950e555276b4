"""A house of memory behind the door of the API, for tests that speak HTTP."""

import asyncio
import itertools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, final

import structlog
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from werkzeug.test import TestResponse

from adapters.inbound.http.app import create_app
from adapters.inbound.http.door import Door, DoorSettings, Standing
from adapters.inbound.http.inquiries import Loop
from adapters.outbound.memory.search import MemoryIndex
from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.signal.local import LocalSignal
from application.cancel_payment import CancelPayment
from application.choose_provider import ChooseProvider
from application.confirm_payment import ConfirmPayment, Report
from application.edit_payment import EditPayment
from application.hasten_check import HastenCheck
from application.inquire_phone import InquirePhone
from application.link_wallet import LinkWallet
from application.open_house import OpenHouse
from application.ports import (
    Binding,
    Charge,
    LinkWish,
    PaymentGateway,
    RateLimiter,
    ReferenceAllocator,
    WalletLinking,
    WalletStanding,
)
from application.push_payments import PushPayments
from application.receive_notification import ReceiveNotification, Room
from application.refund_payment import CloseRefund, RefundPayment
from application.relay_events import RelayEvents
from application.request_push import RequestPush
from application.resolve_payments import ResolvePayments
from application.review_payment import CloseException, ResolvePayment
from application.search_payments import SearchPayments
from application.start_payment import StartPayment
from application.use_wallet_link import AskForCover, SeeLinks, UnlinkWallet
from application.webhook_endpoints import RedeliverEvents, WebhookEndpoints
from domain.attempt import References
from domain.follow_up import QuestionKind
from domain.merchant import OVO_PUSH, ProviderAccount
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.outcome import Doubt, Outcome, Unknown
from domain.payment import Payment
from domain.provider import Needs, Provider
from domain.rules import Rulebook, Rules
from domain.wallet_link import CustomerTokens, WalletLink
from domain.webhook import ANSWER_WITHIN
from tests.builders import a_keyring, an_id, some_tokens
from tests.hmac_provider import HmacReader

BEGINNING = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)
OVO = Provider("ovo", OVO_PUSH, Money(1))
LINKED = Provider(
    "ovo_snap",
    "ovo_linked",
    Money(1),
    Rules(needs_phone=False, most_reversals=0, voids=False),
    needs=Needs.LINK,
)
RULEBOOK = Rulebook(OVO.rules, {LINKED.name: LINKED.rules})


@final
class Wallet(PaymentGateway):
    """Answers inquiries as it was told to."""

    def __init__(self) -> None:
        self.knows: bool | Exception | None = True
        self.asked: list[str] = []

    async def push(self, charge: Charge) -> Outcome:
        return Unknown(Doubt.SILENCE)

    async def check(self, charge: Charge) -> Outcome:
        return Unknown(Doubt.SILENCE)

    async def reverse(self, charge: Charge) -> Outcome:
        return Unknown(Doubt.SILENCE)

    async def void(self, charge: Charge) -> Outcome:
        return Unknown(Doubt.SILENCE)

    async def check_void(self, charge: Charge) -> Outcome:
        return Unknown(Doubt.SILENCE)

    async def is_registered(self, account: ProviderAccount, phone: Msisdn) -> bool | None:
        self.asked.append(phone.digits)
        if isinstance(self.knows, Exception):
            raise self.knows
        return self.knows


@final
class Linker(WalletLinking):
    """A wallet that links as it was told to; remembers what it was asked."""

    def __init__(self) -> None:
        self.standing: WalletStanding = WalletStanding.READY
        self.trouble: Exception | None = None
        self.holds: bool | None = True
        self.gate: Event | None = None
        self.asked: list[tuple[str, str]] = []
        self.wishes: list[LinkWish] = []

    async def look_up(self, account: ProviderAccount, phone: Msisdn) -> WalletStanding:
        await self._hear("look_up", phone.digits)
        return self.standing

    async def bind(self, wish: LinkWish) -> Binding:
        self.wishes.append(wish)
        await self._hear("bind", wish.link_id)
        return Binding("canary-linkage", f"https://wallet.example/agree/{wish.link_id}")

    async def exchange(self, account: ProviderAccount, link: WalletLink) -> CustomerTokens:
        await self._hear("exchange", link.secrets.auth_code or "")
        return some_tokens()

    async def unbind(self, account: ProviderAccount, link: WalletLink) -> None:
        await self._hear("unbind", link.id)

    async def covers(
        self, account: ProviderAccount, link: WalletLink, amount: Money
    ) -> bool | None:
        await self._hear("covers", str(amount.rupiah))
        return self.holds

    async def _hear(self, what: str, about: str) -> None:
        self.asked.append((what, about))
        if self.gate is not None:
            await asyncio.to_thread(self.gate.wait, 5)
        if self.trouble is not None:
            raise self.trouble


@final
class Counting(ReferenceAllocator):
    """References 1, 2, 3…"""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next(self, account: ProviderAccount, attempt_id: str) -> References:
        number = next(self._numbers)
        shown: dict[str, str | int] = {
            "batch_no": 4,
            "reference_no": number,
            "merchant_invoice": f"L{number}",
        }
        return References(shown, (f"ref:{number}",))


@dataclass
class House:
    """Everything behind one API, with two merchants; `now` may be moved."""

    settings: DoorSettings = field(default_factory=DoorSettings)
    now: datetime = BEGINNING
    store: MemoryStore = field(init=False)
    signal: LocalSignal = field(init=False)
    wallet: Wallet = field(init=False)
    index: MemoryIndex = field(default_factory=MemoryIndex)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        structlog.configure(processors=[_swallow], wrapper_class=structlog.BoundLogger)
        self.store = MemoryStore(now=lambda: self.now)
        self.signal = LocalSignal()
        self.wallet = Wallet()
        self.linker = Linker()
        self.linking = {LINKED.name: self.linker}
        self.providers = {"ovo": OVO, LINKED.name: LINKED}
        self.keyring = a_keyring()
        self.loop = Loop()
        self.opening = OpenHouse(
            directory=self.store.directory,
            accounts=self.store.accounts,
            clock=self.clock,
            new_id=an_id,
            new_api_key=lambda: secrets.token_urlsafe(32),
        )
        self.merchant_id, self.key = self.open_for("Klinik Satu", livemode=False)
        self.other_id, self.other_key = self.open_for("Klinik Dua", livemode=False)
        self.live_key = self.opening.client(self.merchant_id, "chat", livemode=True)[1]
        self.opening.account(self.merchant_id, "ovo", livemode=True, credentials={})
        for merchant_id in (self.merchant_id, self.other_id):
            self.opening.account(merchant_id, LINKED.name, livemode=False, credentials={})
        self.pushing = PushPayments(
            payments=self.store.payments,
            save_each=self.store.payments.save_each,
            accounts=self.store.accounts,
            references=Counting(),
            provider=OVO,
            clock=self.clock,
            new_id=an_id,
            worker="w1",
        )
        self.confirming = ConfirmPayment(
            payments=self.store.payments,
            save_each=self.store.payments.save_each,
            accounts=self.store.accounts,
            rules=RULEBOOK,
            clock=self.clock,
            new_id=an_id,
            signal=self.signal,
        )
        self.asking = ResolvePayments(
            payments=self.store.payments,
            accounts=self.store.accounts,
            provider=OVO,
            clock=self.clock,
            new_id=an_id,
        )
        self.door = self.a_door()
        self.app = create_app(self.door)
        self.client = self.a_client(self.key)

    def open_for(self, name: str, *, livemode: bool) -> tuple[str, str]:
        """A merchant with an account and a client: its id and the client's key."""
        merchant = self.opening.merchant(name)
        self.opening.account(merchant.id, "ovo", livemode=livemode, credentials={})
        return merchant.id, self.opening.client(merchant.id, "chat", livemode=livemode)[1]

    def clock(self) -> Moment:
        """The time of this house."""
        return Moment(self.now, "boot", self.now - BEGINNING)

    def a_door(self, limiter: RateLimiter | None = None) -> Door:
        """The door to this house."""
        store, clock = self.store, self.clock
        edit = EditPayment(store.payments, store.idempotency, self.signal)
        endpoints = WebhookEndpoints(
            store.endpoints, clock, an_id, lambda: f"whsec_{secrets.token_hex(16)}"
        )
        self.relay = RelayEvents(
            store.events, store.deliveries, store.endpoints, clock, an_id, ANSWER_WITHIN, 8
        )
        return Door(
            choose_provider=ChooseProvider(store.accounts, self.providers),
            start_payment=StartPayment(
                store.payments,
                store.accounts,
                store.links,
                self.providers,
                clock,
                an_id,
                self.signal,
            ),
            request_push=RequestPush(edit, clock, RULEBOOK),
            cancel_payment=CancelPayment(edit, clock, an_id),
            hasten_check=HastenCheck(edit, clock, RULEBOOK),
            refund_payment=RefundPayment(edit, clock, RULEBOOK, an_id),
            close_refund=CloseRefund(store.payments, edit, clock, RULEBOOK, an_id),
            resolve_payment=ResolvePayment(edit, clock, RULEBOOK, an_id),
            close_exception=CloseException(store.payments, edit, clock, RULEBOOK, an_id),
            inquire_phone=InquirePhone(store.accounts, {"ovo": self.wallet}),
            link_wallet=LinkWallet(
                store.links, store.accounts, self.linking, clock, an_id, self.signal
            ),
            see_links=SeeLinks(store.links, clock, self.signal),
            unlink_wallet=UnlinkWallet(
                store.links,
                store.payments,
                store.accounts,
                self.linking,
                clock,
                an_id,
                self.signal,
            ),
            ask_for_cover=AskForCover(store.links, store.accounts, self.linking),
            webhook_endpoints=endpoints,
            redeliver_events=RedeliverEvents(
                store.events, store.deliveries, endpoints, self.relay, self.signal
            ),
            search_payments=SearchPayments(
                self.index, store.feed, store.payments, clock, with_description=False
            ),
            receive_notification=ReceiveNotification(
                store.inbox, Room(store.inbox), clock, an_id, self.signal
            ),
            readers={"ovo": HmacReader()},
            payments=store.payments,
            events=store.events,
            deliveries=store.deliveries,
            directory=store.directory,
            idempotency=store.idempotency,
            changes=self.signal,
            providers={provider.method: provider for provider in self.providers.values()},
            clock=clock,
            fingerprint=self.keyring.fingerprint,
            readiness=lambda: Standing(self.problems, self.warnings),
            loop=self.loop,
            limiter=limiter,
            settings=self.settings,
            registry=CollectorRegistry(),
        )

    def a_client(self, key: str | None, app: Flask | None = None) -> "Api":
        """A program with that key."""
        return Api((app or self.app).test_client(), key)

    def later(self, seconds: float) -> None:
        """Time goes by."""
        self.now += timedelta(seconds=seconds)

    def push(self, provider: str = "ovo") -> Payment:
        """The dispatcher claims the one payment that is due at that provider."""
        [claim] = replace(self.pushing, provider=self.providers[provider])(10).to_send
        self.signal.wake(claim.payment.id)
        return claim.payment

    def answer(self, payment: Payment, outcome: Outcome) -> None:
        """The wallet answers the payment's last attempt."""
        assert not self.confirming([Report(payment.id, payment.attempts[-1].id, outcome)])

    def hear(self, outcome: Outcome) -> QuestionKind:
        """The dispatcher asks the one question that is due, and this is the answer."""
        [asking] = self.asking(10)
        report = Report(
            asking.payment.id,
            asking.attempt.id,
            outcome,
            asking.payment,
            asking.question,
            self.clock(),
        )
        assert not self.confirming([report])
        return asking.question.kind

    def an_exception(self) -> None:
        """The one payment is unknown until its reversals are spent, and a person is told."""
        self.answer(self.push(), Unknown(Doubt.SILENCE))
        self.later(OVO.rules.clocks.horizon.total_seconds())
        for kind in ("check", "reversal", "check", "reversal", "check", "reversal", "check"):
            self.later(OVO.rules.check_every.total_seconds())
            assert self.hear(Unknown(Doubt.SILENCE)) == kind


@dataclass
class Api:
    """Speaks to the API as a program would; each POST has a fresh key unless told otherwise."""

    http: FlaskClient
    key: str | None

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET with the API key."""
        return self.http.get(path, headers=self._headers(headers))

    def delete(self, path: str) -> TestResponse:
        """DELETE with the API key."""
        return self.http.delete(path, headers=self._headers({}))

    def patch(self, path: str, body: object) -> TestResponse:
        """PATCH with the API key."""
        return self.http.patch(path, json=body, headers=self._headers({}))

    def post(
        self,
        path: str,
        body: object = None,
        *,
        key: str | None = "",
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """POST JSON (or these bytes) under this idempotency key; None sends no key."""
        told = self._headers(headers or {})
        if key is not None:
            told["Idempotency-Key"] = key or secrets.token_hex(8)
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        if data:
            told.setdefault("Content-Type", "application/json")
        return self.http.post(path, data=data, headers=told)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return {**own, **{name.replace("_", "-"): value for name, value in more.items()}}


def an_order(order_id: str = "consult-8812", **more: Any) -> dict[str, Any]:
    """A usual request."""
    usual = {"order_id": order_id, "amount": 50_000, "phone": "0812 0000 0001"}
    return usual | more


def the_example() -> dict[str, Any]:
    """The request of the documentation."""
    return {
        "order_id": "consult-8812",
        "amount": 50000,
        "method": "ovo_push",
        "phone": "0812 0000 0001",
        "description": "Konsultasi chat",
        "customer": {"id": "p-123", "locale": "id"},
        "expires_in": 3600,
        "return_url": "https://chat.example/c/8812",
        "metadata": {"room": "8812"},
    }


def pointers(answer: TestResponse) -> list[str]:
    """Which values a problem names."""
    document = answer.get_json(force=True)
    return [error["pointer"] for error in document["errors"]]


def _swallow(_: object, __: str, ___: object) -> str:
    raise structlog.DropEvent
