"""Where a process of a test kills itself: the ports of the house with a `kill -9` inside.

`CRASH_AT` is a step's name, or a step and the phone whose payment it is about: `push out|0812…`.
The steps are those of the ports, so that the product knows nothing of them:

- of the store: `before X`, `after X` and `amid X`, where X is what is written: `start`, `claim`,
  `check`, `reversal`, `void`, `void_check` (a question claimed or decided), `told` (an answer
  recorded), `delivered`;
- of the wire: `sending X`, `X out`, `X answered`, where X is `push`, `check`, `reversal`, `void`,
  `void_check` or `webhook`.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn, final

from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.webhook.sender import SignedWebhooks
from application.ports import (
    Charge,
    DeliveryRepository,
    DueProviders,
    ExceptionQuery,
    Kept,
    Page,
    PaymentGateway,
    PaymentQuery,
    PaymentRepository,
    Telling,
    WebhookSender,
)
from bootstrap.house import House
from bootstrap.late import Late
from domain.attempt import AttemptStatus
from domain.errors import LunasError
from domain.events import Event, EventType
from domain.merchant import ProviderAccount
from domain.msisdn import Msisdn
from domain.outcome import Outcome
from domain.payment import Change, Payment, Status
from domain.webhook import Delivery, DeliveryAnswer, DeliveryStatus, Endpoint

VARIABLE = "CRASH_AT"
AMID = 2
"""Changes of one kind in one batch that `amid` waits for."""
OUT_FOR = 0.25
"""Seconds that a request is left on its way before `out` kills."""


def die() -> NoReturn:
    """`kill -9` of this process and all that belong to it."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
    raise AssertionError("still alive")


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """The one step at which this process dies, of one phone's payment or of anybody's."""

    step: str
    phone: str

    @classmethod
    def read(cls) -> "CrashPoint":
        """The step that the environment names."""
        step, _, phone = os.environ.get(VARIABLE, "").partition("|")
        return cls(step, phone)

    def reached(self, step: str, phone: Msisdn | None) -> None:
        """Die if this is it."""
        if self.is_at(step, phone):
            die()

    def is_at(self, step: str, phone: Msisdn | None) -> bool:
        """Whether this is it."""
        mine = not self.phone or (phone is not None and phone.digits == self.phone)
        return step == self.step and mine


def written(change: Change) -> str:
    """What a change is, in one word."""
    kinds = {event.type for event in change.events}
    payment = change.payment
    if EventType.CREATED in kinds:
        return "start"
    if payment.status is Status.AWAITING_CUSTOMER and EventType.AWAITING_CUSTOMER in kinds:
        return "claim"
    for attempt in payment.attempts:
        question = attempt.follow_up.open
        if question is not None and question.claimed.at == payment.updated_at:
            return question.kind.value
    answered = any(a.status is not AttemptStatus.WAITING for a in payment.attempts)
    return "told" if answered else "else"


@final
class CrashingPayments(PaymentRepository):
    """A store of payments in which the process dies at one write."""

    def __init__(self, real: PaymentRepository, crash: CrashPoint) -> None:
        self._real = real
        self._crash = crash

    def save(self, change: Change, keep: Kept | None = None) -> None:
        what, phone = written(change), change.payment.phone
        self._crash.reached(f"before {what}", phone)
        self._real.save(change, keep)
        self._crash.reached(f"after {what}", phone)

    def save_each(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        with self._steps(changes):
            return self._real.save_each(changes)

    def save_told(
        self, changes: Sequence[Change], telling: Telling
    ) -> tuple[Sequence[LunasError | None], bool]:
        with self._steps(changes):
            return self._real.save_told(changes, telling)

    @contextmanager
    def _steps(self, changes: Sequence[Change]) -> Iterator[None]:
        kinds = [(written(change), change.payment.phone) for change in changes]
        for what, phone in kinds:
            self._crash.reached(f"before {what}", phone)
            if self._crash.is_at(f"amid {what}", phone) and len(changes) >= AMID:
                self._real.save_each(changes[: len(changes) // 2])
                die()
        yield
        for what, phone in kinds:
            self._crash.reached(f"after {what}", phone)

    def get(self, payment_id: str) -> Payment:
        return self._real.get(payment_id)

    def due(self, provider: str, status: Status, at: datetime, limit: int) -> Sequence[Payment]:
        return self._real.due(provider, status, at, limit)

    def to_ask(
        self, provider: str, at: datetime, limit: int, *, newest: bool = False
    ) -> Sequence[Payment]:
        return self._real.to_ask(provider, at, limit, newest=newest)

    def due_providers(self, providers: Sequence[str], at: datetime) -> DueProviders:
        return self._real.due_providers(providers, at)

    def charged_as(self, evidence: Sequence[str]) -> Mapping[str, str]:
        return self._real.charged_as(evidence)

    def with_exceptions(self, query: ExceptionQuery) -> Page[Payment]:
        return self._real.with_exceptions(query)

    def of_reference(self, key: str) -> Payment:
        return self._real.of_reference(key)

    def of_refund(self, refund_id: str) -> Payment:
        return self._real.of_refund(refund_id)

    def of_exception(self, exception_id: str) -> Payment:
        return self._real.of_exception(exception_id)

    def stranded(self, provider: str, alive: Sequence[str], limit: int) -> Sequence[Payment]:
        return self._real.stranded(provider, alive, limit)

    def find(self, query: PaymentQuery) -> Page[Payment]:
        return self._real.find(query)


@final
class CrashingDeliveries(DeliveryRepository):
    """A store of deliveries in which the process dies when an answer is to be marked."""

    def __init__(self, real: DeliveryRepository, crash: CrashPoint) -> None:
        self._real = real
        self._crash = crash

    def relay(self, event_ids: Sequence[str], deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        self._crash.reached("before relayed", None)
        done = self._real.relay(event_ids, deliveries)
        self._crash.reached("after relayed", None)
        return done

    def add(self, deliveries: Sequence[Delivery], keep: Kept | None = None) -> None:
        self._real.add(deliveries, keep)

    def due(
        self, at: datetime, *, busy: Mapping[str, int], per_endpoint: int, limit: int
    ) -> Sequence[Delivery]:
        return self._real.due(at, busy=busy, per_endpoint=per_endpoint, limit=limit)

    def save_each(self, deliveries: Sequence[Delivery]) -> Sequence[bool]:
        delivered = any(d.status is DeliveryStatus.DELIVERED for d in deliveries)
        if delivered:
            self._crash.reached("before delivered", None)
        done = self._real.save_each(deliveries)
        if delivered:
            self._crash.reached("after delivered", None)
        return done

    def of_event(self, event_id: str) -> Sequence[Delivery]:
        return self._real.of_event(event_id)


@final
class CrashingGateway(PaymentGateway):
    """A way to the wallet on which the process dies before, while or after a request is out."""

    def __init__(self, real: OvoGateway, crash: CrashPoint) -> None:
        self._real = real
        self._crash = crash

    async def push(self, charge: Charge) -> Outcome:
        return await self._sent("push", charge, self._real.push(charge))

    async def check(self, charge: Charge) -> Outcome:
        return await self._sent("check", charge, self._real.check(charge))

    async def reverse(self, charge: Charge) -> Outcome:
        return await self._sent("reversal", charge, self._real.reverse(charge))

    async def void(self, charge: Charge) -> Outcome:
        return await self._sent("void", charge, self._real.void(charge))

    async def check_void(self, charge: Charge) -> Outcome:
        return await self._sent("void_check", charge, self._real.check_void(charge))

    async def is_registered(self, account: ProviderAccount, phone: Msisdn) -> bool | None:
        return await self._real.is_registered(account, phone)

    def shut(self) -> None:
        self._real.shut()

    async def aclose(self) -> None:
        await self._real.aclose()

    async def _sent(
        self, what: str, charge: Charge, request: Coroutine[Any, Any, Outcome]
    ) -> Outcome:
        if self._crash.is_at(f"sending {what}", charge.phone):
            die()
        answer = asyncio.ensure_future(request)
        if self._crash.is_at(f"{what} out", charge.phone):
            await asyncio.sleep(OUT_FOR)
            die()
        told = await answer
        self._crash.reached(f"{what} answered", charge.phone)
        return told


@final
class CrashingSender(WebhookSender):
    """A way to the endpoints on which the process dies before, while or after a delivery is out."""

    def __init__(self, real: SignedWebhooks, crash: CrashPoint) -> None:
        self._real = real
        self._crash = crash

    async def send(self, endpoint: Endpoint, event: Event) -> DeliveryAnswer:
        phone = event.subject.phone if isinstance(event.subject, Payment) else None
        success = event.type is EventType.SUCCEEDED
        if success:
            self._crash.reached("sending webhook", phone)
        answer = await self._real.send(endpoint, event)
        if success:
            self._crash.reached("webhook answered", phone)
        return answer

    async def aclose(self) -> None:
        await self._real.aclose()


def rigged(house: House, crash: CrashPoint) -> House:
    """The house with a crash inside its ports."""
    payments: Any = CrashingPayments(house.store.payments, crash)
    deliveries: Any = CrashingDeliveries(house.store.deliveries, crash)
    house.core.payments.override(payments)
    house.core.deliveries.override(deliveries)
    gateway: Any = Late(lambda: CrashingGateway(house.gateway(), crash))
    sender: Any = Late(lambda: CrashingSender(house.sender(), crash))
    return replace(house, gateway=gateway, sender=sender)
