"""Payments to be claimed, and a dispatcher that does nothing but claim them."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.mongo.connection import Patience
from adapters.outbound.mongo.store import MongoStore
from application.ports import Heartbeat, PaymentRepository, StalePayment
from domain.attempt import References
from domain.ids import IdKind, new_id
from domain.merchant import OVO_PUSH
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.payment import Change, Payment, Status
from domain.rules import Rules

RULES = Rules()
TURN = 32
"""Pushes that a dispatcher claims in a turn."""
PATIENT = Patience(answer=timedelta(seconds=60), primary=timedelta(seconds=30))
"""The server may be as slow as it is: waste and flatness are measured, not speed."""


def a_codec() -> Codec:
    """The same in every process of a measurement."""
    return Codec(Keyring([("k1", bytes(range(32)))]))


def fresh_id(kind: IdKind) -> str:
    """An id of now."""
    return new_id(kind, time.time_ns() // 1_000_000, secrets.token_bytes(10))


def a_start() -> Change:
    """A payment that waits for its push."""
    payment_id = fresh_id(IdKind.PAYMENT)
    order = Order(
        order_id=f"order-{payment_id}",
        amount=Money(50_000),
        method=OVO_PUSH,
        provider="ovo",
        expires_in=timedelta(hours=24),
        phone=Msisdn("081234567890"),
        description="Konsultasi",
        customer=None,
        return_url=None,
        metadata={},
    )
    return Payment.start(
        id=payment_id,
        merchant_id="mer_1",
        livemode=False,
        order=order,
        at=datetime.now(UTC),
        event_id=fresh_id(IdKind.EVENT),
    )


def a_claim(payment: Payment, worker: str) -> Change:
    """Its next attempt."""
    attempt_id = fresh_id(IdKind.ATTEMPT)
    return payment.push(
        attempt_id=attempt_id,
        references=References({"reference": 1}, (f"t|m|{attempt_id}", f"invoice|{attempt_id}")),
        claim=Moment(datetime.now(UTC), "boot", timedelta(seconds=time.monotonic())),
        worker=worker,
        rules=RULES,
        new_event_id=lambda: fresh_id(IdKind.EVENT),
    )


@dataclass(slots=True)
class Turns:
    """What a dispatcher's turns brought."""

    won: int = 0
    lost: int = 0
    milliseconds: list[float] = field(default_factory=list)


def turn(payments: PaymentRepository, worker: str, turns: Turns, room: int) -> bool:
    """Claim once; whether anything was due."""
    began = time.perf_counter()
    due = payments.due("ovo", Status.PENDING, datetime.now(UTC), room)
    if not due:
        return False
    refusals = payments.save_each([a_claim(payment, worker) for payment in due])
    turns.milliseconds.append((time.perf_counter() - began) * 1_000)
    stale = sum(isinstance(refusal, StalePayment) for refusal in refusals)
    assert stale + refusals.count(None) == len(refusals), refusals
    turns.won += refusals.count(None)
    turns.lost += stale
    return True


def dispatcher(
    uri: str, worker: str, begin: Barrier, results: "Queue[Turns]", *, shared: bool
) -> None:
    """One process: claim until nothing is left; `shared` says whether the work is shared out."""
    turns = Turns()
    try:
        _dispatch(uri, worker, begin, turns, shared=shared)
    finally:
        results.put(turns)


def _dispatch(uri: str, worker: str, begin: Barrier, turns: Turns, *, shared: bool) -> None:
    with MongoStore.open(uri, a_codec(), patience=PATIENT) as store:
        if shared:
            store.heartbeats.beat(Heartbeat(worker, datetime.now(UTC), None))
        begin.wait(120)
        for _ in _until_nothing_is_due(store, worker, turns):
            if shared:
                store.heartbeats.beat(Heartbeat(worker, datetime.now(UTC), None))


def _until_nothing_is_due(store: MongoStore, worker: str, turns: Turns) -> Iterator[None]:
    empty = 0
    while empty < 3:
        if turn(store.payments, worker, turns, TURN):
            empty = 0
            yield
        else:
            empty += 1
            time.sleep(0.6)
