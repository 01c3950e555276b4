"""`kill -9` at each step of a payment's life: in the end store, wallet and chat say the same."""

import http.client
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from domain.merchant import Caller
from domain.payment import Status
from domain.refund import RefundKind
from tests.integration.crash_point import VARIABLE
from tests.integration.house import FAST, Receiver, RunningHouse, a_house, a_phone, until
from tests.integration.truth import Truth, assert_safe, assert_settled, truth_of, undelivered

CLOCKS = FAST | {
    "LUNAS_OVO_SEND_WITHIN": "1.5s",
    "LUNAS_OVO_READ_WITHIN": "2s",
    "LUNAS_OVO_ON_THE_WIRE": "1s",
    "LUNAS_OVO_ASK_WITHIN": "1s",
    "LUNAS_SKEW": "0.5s",
    "LUNAS_OVO_CHECK_EVERY": "0.3s",
    "LUNAS_OVO_BELIEVE_404_AFTER": "1s",
    "LUNAS_OVO_REVERSE_AFTER_404": "0.1s",
    "LUNAS_OVO_APPROVALS_APART": "1.2s",
    "LUNAS_OVO_SLOW_CHECKS": "0.5s,0.5s,1s,1s",
    "LUNAS_OVO_DAILY": "2s",
    "LUNAS_OVO_TOLD_AFTER": "200s",
    "LUNAS_OVO_ASKED_UNTIL": "240s",
    "LUNAS_OVO_WATCH_AFTER": "2s,4s",
    "LUNAS_RESEND_AFTER": "0.3s",
    "LUNAS_WEBHOOK_ANSWER_WITHIN": "1.5s",
    "LUNAS_SCAN_EVERY": "0.1s",
    "LUNAS_UPKEEP_EVERY": "0.3s",
    "LUNAS_OVO_VOID_UNTIL": "23:59:59",
}
WALLET = {"wallet_limit": "1.4s", "late_after": "2.2s", "silence_bound": "2.4s"}
WORKER, API = "tests.integration.crashing_worker", "tests.integration.crashing_api"
SETTLED_WITHIN = 120.0
SEED = 20_261_123
MANY = 240
CUSTOMERS = (
    ("approve", 46),
    ("decline", 12),
    ("ignore", 14),
    ("silence", 8),
    ("drop", 8),
    ("late", 6),
    ("last_moment", 6),
)


class Bench:
    """One house in which something dies again and again, its customers, and the chat that hears."""

    def __init__(self, house: RunningHouse, chat: Receiver) -> None:
        self.house = house
        self.chat = chat
        self.phones: dict[str, str] = {}

    def customer(self, behaviour: str) -> str:
        """A fresh phone whose owner does that."""
        phone = a_phone()
        self.phones[phone] = behaviour
        self.house.scenario(phones=self.phones)
        return phone

    def worker(self, step: str | None = None, phone: str = "") -> None:
        """A worker that dies at that step in the place of the one that runs."""
        self._replaced("worker", WORKER, step, phone)

    def api(self, step: str | None = None, phone: str = "") -> None:
        """An API process that dies at that step in the place of the one that runs."""
        self._replaced("serve", API, step, phone)

    def died(self, name: str = "worker") -> None:
        """Wait until the process has killed itself."""
        process = self.house.processes[name]
        until(lambda: process.poll() is not None, f"{name} dies: {self.house.logs()[-2000:]}", 60)
        assert process.returncode == -9

    def settled(self) -> Truth:
        """The truth once nothing is to be found out any more."""
        found: list[Truth] = []

        def look() -> bool:
            truth = truth_of(self.house)
            found[:] = [truth]
            wanting = truth.unsettled() or self._to_be_refunded(truth)
            return not wanting and not undelivered(truth, self.chat)

        def why() -> str:
            left = [(p.id, p.status, p.attempts) for p in found[0].unsettled()]
            return f"{left}, not delivered: {undelivered(found[0], self.chat)}"

        until(look, why, SETTLED_WITHIN, every=0.5)
        return found[0]

    def refund(self, payment_id: str) -> None:
        """All of it, by the wallet's void."""
        caller = Caller("tests", self.house.merchant, livemode=False)
        with self.house.inside() as inside:
            inside.core.refund()(caller, payment_id, None, reason="unhappy", actor="tests")

    @staticmethod
    def _to_be_refunded(truth: Truth) -> list[str]:
        """Payments whose refund the wallet makes, perhaps.

        One that went on by hand waits for a person: none was made, as is proved by then. A void
        that three workers died with, or that a busy machine did not send in time, goes that way.
        """
        waits = {"pending", "unknown"}
        refunds = [(p.id, refund) for p in truth.payments for refund in p.refunds]
        return [
            payment_id
            for payment_id, refund in refunds
            if refund.status in waits and refund.kind is not RefundKind.MANUAL
        ]

    def _replaced(self, name: str, program: str, step: str | None, phone: str) -> None:
        house = self.house
        if name in house.processes:
            house.kill(name)
        house.environment.pop(VARIABLE, None)
        house.programs.pop(name, None)
        if step:
            house.environment[VARIABLE] = f"{step}|{phone}"
            house.programs[name] = program
        house.start(name, ready=False)
        house.environment.pop(VARIABLE, None)


@contextmanager
def a_bench(folder: Path, clocks: Mapping[str, str] = CLOCKS, **settings: Any) -> Iterator[Bench]:
    """One house for all steps; when they are over, everything is found out and compared."""
    with a_house(folder, clocks, **settings) as house:
        house.start()
        house.scenario(**WALLET)
        with house.hooked() as chat:
            bench = Bench(house, chat)
            yield bench
            bench.worker()
            bench.api()
            house.wait_ready()
            assert_settled(bench.settled(), chat)


def dies_at(bench: Bench, step: str, behaviour: str) -> str:
    """The id of a payment of such a customer, at whose step the worker died."""
    phone = bench.customer(behaviour)
    bench.worker(step, phone)
    payment_id = bench.house.started(f"{step}-{behaviour}", phone)
    bench.died()
    return payment_id


class CrashPointsContract:
    """Every step at which a process can die, on the house of the module's `bench`."""

    @pytest.mark.parametrize(
        "step",
        ["before claim", "after claim", "sending push", "push answered", "after told"],
    )
    def test_the_worker_dies_with_a_push(self, bench: Bench, step: str) -> None:
        dies_at(bench, step, "approve")
        assert_safe(truth_of(bench.house))

    def test_the_worker_dies_while_a_push_is_in_front_of_the_customer(self, bench: Bench) -> None:
        phone = bench.customer("wait")
        bench.worker("push out", phone)
        bench.house.started("push-out", phone)
        push = bench.house.shown_push(phone)
        bench.died()
        assert bench.house.tap(push["id"], "approve").status == 200
        assert_safe(truth_of(bench.house))

    @pytest.mark.parametrize(
        ("step", "behaviour"),
        [
            ("before check", "ignore"),
            ("after check", "ignore"),
            ("check out", "drop"),
            ("check answered", "drop"),
            ("before reversal", "ignore"),
            ("after reversal", "ignore"),
            ("reversal out", "ignore"),
            ("reversal answered", "silence"),
        ],
    )
    def test_the_worker_dies_with_a_question(self, bench: Bench, step: str, behaviour: str) -> None:
        dies_at(bench, step, behaviour)
        assert_safe(truth_of(bench.house))

    @pytest.mark.parametrize("step", ["before void", "after void", "void out", "void answered"])
    def test_the_worker_dies_with_a_void(self, bench: Bench, step: str) -> None:
        phone = bench.customer("approve")
        bench.worker(step, phone)
        payment_id = bench.house.started(f"{step}-approve", phone)
        bench.house.until_status(payment_id, "succeeded")
        bench.refund(payment_id)
        bench.died()
        assert_safe(truth_of(bench.house))

    def test_the_worker_dies_with_the_answer_about_a_void(self, bench: Bench) -> None:
        phone = bench.customer("approve")
        bench.worker("void_check answered", phone)
        payment_id = bench.house.started("void-check-approve", phone)
        bench.house.until_status(payment_id, "succeeded")
        bench.house.scenario(outage={"kind": "close", "heard": True, "of": ["void"]})
        bench.refund(payment_id)
        bench.died()
        bench.house.scenario(outage=None)
        assert_safe(truth_of(bench.house))

    @pytest.mark.parametrize(
        "step", ["after relayed", "sending webhook", "webhook answered", "after delivered"]
    )
    def test_the_worker_dies_with_a_webhook(self, bench: Bench, step: str) -> None:
        phone = bench.customer("approve")
        about = phone if "webhook" in step else ""
        bench.worker(step, about)
        bench.house.started(f"{step}-approve", phone)
        bench.died()
        assert_safe(truth_of(bench.house))

    def test_the_worker_dies_in_the_middle_of_a_batch_of_claims_and_of_records(
        self, bench: Bench
    ) -> None:
        house = bench.house
        bench.worker()  # none of another test's is to be in that batch

        def none_waits() -> bool:
            return all(p.status is not Status.PENDING for p in truth_of(house).payments)

        until(none_waits, "nothing waits to be claimed", every=0.2)
        house.kill("worker")
        phones = [bench.customer("approve") for _ in range(12)]
        for number, phone in enumerate(phones):
            house.started(f"batch-{number}", phone)
        bench.worker("amid claim")
        bench.died()
        claimed = [p for p in truth_of(house).payments if p.order.order_id.startswith("batch-")]
        # A slow store is given the claims in turns: the first may be paid by then.
        assert {p.status for p in claimed} >= {"pending", "awaiting_customer"}
        bench.worker("sending push")  # the others are claimed, and nothing of them is sent
        bench.died()
        bench.worker("amid told")  # and all of them are given up in one write
        bench.died()
        assert_safe(truth_of(house))

    def test_the_api_dies_with_a_start_and_the_chat_asks_again(self, bench: Bench) -> None:
        house = bench.house
        bench.worker()
        for step in ("before start", "after start"):
            phone = bench.customer("approve")
            bench.api(step, phone)
            house.wait_ready()
            with pytest.raises((OSError, http.client.HTTPException)):
                house.call("POST", "/v1/payments", body(step, phone), Idempotency_Key=step)
            bench.died("serve")
        bench.api()
        house.wait_ready()
        for step, phone in zip(("before start", "after start"), [*bench.phones][-2:], strict=True):
            answers = [
                house.call("POST", "/v1/payments", body(step, phone), Idempotency_Key=step)
                for _ in range(2)
            ]
            assert [answer.status for answer in answers] == [202, 202]
            assert answers[0].body == answers[1].body
        assert_safe(truth_of(house))


def body(order: str, phone: str) -> dict[str, object]:
    return {"order_id": order, "amount": 50_000, "phone": phone}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with a_bench(tmp_path_factory.mktemp("points")) as bench:
        yield bench


class TestOnSqlite(CrashPointsContract):
    def test_worker_and_api_die_at_any_moment_among_hundreds_of_payments(
        self, bench: Bench
    ) -> None:
        chance = random.Random(SEED)
        house = bench.house
        bench.worker()
        bench.api()
        house.wait_ready()
        names, weights = zip(*CUSTOMERS, strict=True)
        phones = {a_phone(): chance.choices(names, weights)[0] for _ in range(MANY)}
        bench.phones |= phones
        house.scenario(
            phones=bench.phones,
            answer_after={"min": "0.05s", "max": "0.9s"},
            latency={"min": "0s", "max": "0.05s"},
        )
        waiting = list(enumerate(phones))
        shops = [threading.Thread(target=_sell, args=(house, waiting)) for _ in range(6)]
        for shop in shops:
            shop.start()
        for kill in range(8):
            time.sleep(chance.uniform(0.6, 1.6))
            bench.api() if kill % 4 == 2 else bench.worker()
            assert_safe(truth_of(house))
        for shop in shops:
            shop.join(60)
            assert not shop.is_alive()
        house.wait_ready()
        truth = bench.settled()
        assert_settled(truth, bench.chat)
        mine = [p for p in truth.payments if p.order.order_id.startswith("many-")]
        assert len(mine) == MANY
        assert {p.status for p in mine} >= {"succeeded", "requires_retry"}


def _sell(house: RunningHouse, waiting: list[tuple[int, str]]) -> None:
    """A shop that asks again with the same key until it is answered."""
    while True:
        try:
            number, phone = waiting.pop()
        except IndexError:
            return
        while True:
            with suppress(OSError, http.client.HTTPException):
                told = house.call(
                    "POST",
                    "/v1/payments",
                    body(f"many-{number}", phone),
                    Idempotency_Key=f"many-{number}",
                )
                if told.status == 202:
                    break
            time.sleep(0.1)
