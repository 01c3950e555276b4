"""What is wrong in the end, when answers are lost and processes die: Lunas and the usual way."""

import asyncio
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from application.ports import PaymentQuery
from bench.customers import Ask, accidents, orders, phones, sell
from bench.figures import Bound, Figure, Measured
from bench.house import House, a_folder_house, a_house, answers, call, free_port, listens
from bench.naive.orders import Orders
from bench.rounds import Rounds
from bootstrap import sandbox
from bootstrap.either import opened
from domain.payment import Payment, Status

PAYMENTS, KILLS, RATE = 10_000, 10, 130.0
SCALE = 20
"""Every clock of OVO's is divided by this, for Lunas, the wallet and the other alike."""
LOST, TWICE, SEED = 0.05, 0.02, 20_261_123
CLOCKS = {
    "ovo_customer_window": "2.75s",
    "ovo_wallet_answers_within": "3.5s",
    "ovo_read_within": "3.75s",
    "ovo_status_lag": "0.5s",
    # What guards against this machine's own slowness is not divided as far.
    "ovo_send_within": "4s",
    "ovo_on_the_wire": "2s",
    "ovo_ask_within": "2s",
    "skew": "1s",
    "ovo_check_every": "0.75s",
    "ovo_believe_404_after": "2.5s",
    "ovo_reverse_after_404": "0.25s",
    "ovo_approvals_apart": "3s",
    "ovo_slow_checks": "3s,15s,45s,180s",
    "ovo_watch_after": "45s,4320s",
    "resend_after": "0.75s",
    "check_pace": "600",
}
WALLET = {"wallet_limit": "3.5s", "late_after": "3.9s", "silence_bound": "6s"}
TIMEOUT, THREADS = 60.0 / SCALE, 400
SETTLED_WITHIN = 240.0
_OPEN = (Status.PENDING, Status.AWAITING_CUSTOMER, Status.UNKNOWN)
_NOT_PAID = {Status.REQUIRES_RETRY, Status.FAILED, Status.EXPIRED, Status.CANCELED}


@dataclass(frozen=True, slots=True)
class Wrong:
    """Orders whose record differs from the wallet's ledger, by how; one may be wrong twice over."""

    charged_twice: frozenset[str]
    failed_though_charged: frozenset[str]
    success_lost: frozenset[str]
    not_charged: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Wrong in any way."""
        wrong = self.charged_twice | self.failed_though_charged | self.success_lost
        return wrong | self.not_charged


@dataclass(frozen=True, slots=True)
class Run:
    """What one of the two is put through."""

    rounds: Rounds
    who: str
    count: int
    kills: int

    @property
    def folder(self) -> Path:
        """Where its processes live."""
        return self.rounds.folder

    def step(self, what: str) -> None:
        """Tell what is being done."""
        self.rounds.step(f"chaos: {self.who}, {what}")


def judged(said: Mapping[str, str], kept: Mapping[str, int]) -> Wrong:
    """Compare what was said of each order (`paid`, `failed`, `open`, `told`) with its charges.

    `told` is an order that a person was asked to look at: nothing wrong is said of it.
    """
    return Wrong(
        charged_twice=frozenset(order for order, count in kept.items() if count > 1),
        failed_though_charged=frozenset(order for order in kept if said[order] == "failed"),
        success_lost=frozenset(order for order in kept if said[order] == "open"),
        not_charged=frozenset(o for o, word in said.items() if word == "paid" and o not in kept),
    )


async def chaos(rounds: Rounds) -> Measured:
    """10,000 payments with lost and late answers, duplicates and ten kills of the worker."""
    return await asyncio.to_thread(_chaos, rounds)


def _chaos(rounds: Rounds) -> Measured:
    count = PAYMENTS // 20 if rounds.quick else PAYMENTS
    kills = 3 if rounds.quick else KILLS
    lunas, facts = _of_lunas(Run(rounds, "Lunas", count, kills))
    usual, more = _of_the_usual_way(Run(rounds, "the usual way", count, kills))
    names = {
        "wrong in the end": (lunas.all, usual.all),
        "charged twice": (lunas.charged_twice, usual.charged_twice),
        "called failed though charged": (
            lunas.failed_though_charged,
            usual.failed_though_charged,
        ),
        "success lost": (lunas.success_lost, usual.success_lost),
        "succeeded though not charged": (lunas.not_charged, usual.not_charged),
    }
    figures = []
    for name, (ours, theirs) in names.items():
        figures.append(Figure(f"{name}, Lunas", [len(ours)], "", Bound(most=0)))
        figures.append(Figure(f"{name}, the usual way", [len(theirs)]))
    how = {"payments": count, "kills": kills, "clocks": f"1/{SCALE}"}
    return Measured(figures, how | facts | more)


# -- Lunas ----------------------------------------------------------------------------------------


def _of_lunas(run: Run) -> tuple[Wrong, dict[str, Any]]:
    with a_house(run.folder / "chaos-lunas", **CLOCKS) as house:
        run.step("starting")
        _start_wallet(house)
        house.start_api()
        house.start_worker()

        def ask(order_id: str) -> tuple[str, dict[str, str]]:
            headers = {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {house.key}",
                "Idempotency-Key": f"key-{order_id}",
            }
            return "/v1/payments", headers

        command = [sys.executable, "-m", "bootstrap", "worker"]
        began = time.monotonic()
        _run(run, house, house.port, ask, command)
        first = _settled(house)
        run.step("customers try again")
        again = _push_again(house, first)
        payments = _settled(house)
        took = time.monotonic() - began
        rows = house.ledger()
        kept = _kept(rows, {
            str(attempt.references.shown["merchant_invoice"]): payment.order.order_id
            for payment in payments
            for attempt in payment.attempts
        })  # fmt: skip
        said = {payment.order.order_id: _said(payment) for payment in payments}
        assert len(said) == run.count
        facts = {
            "Lunas: pushes heard": len(rows),
            "Lunas: tried again": again,
            "Lunas: paid": sum(word == "paid" for word in said.values()),
            "Lunas: left to a person": sum(word == "told" for word in said.values()),
            "Lunas: until all was known, s": round(took, 1),
        }
        return judged(said, kept), facts


def _said(payment: Payment) -> str:
    if payment.status in _NOT_PAID:
        return "failed"
    if payment.status in _OPEN:
        return "told" if any(e.open for e in payment.exceptions) else "open"
    return "paid"


def _settled(house: House) -> list[Payment]:
    """Every payment, once each one is known or a person was told."""
    end = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < end:
        time.sleep(1.0)
        if not unsettled(house):
            break
    return payments_of(house)


def unsettled(house: House) -> bool:
    with opened(house.settings(), "bench") as inside:
        for status in _OPEN:
            query = PaymentQuery(house.merchant, livemode=False, status=status, limit=1_000)
            found = inside.store.payments.find(query).items
            if any(_said(payment) == "open" for payment in found):
                return True
    return False


def payments_of(house: House) -> list[Payment]:
    found: list[Payment] = []
    with opened(house.settings(), "bench") as inside:
        query = PaymentQuery(house.merchant, livemode=False, limit=1_000)
        while True:
            page = inside.store.payments.find(query)
            found += page.items
            if page.next_cursor is None:
                return found
            query = replace(query, cursor=page.next_cursor)


def _push_again(house: House, payments: Sequence[Payment]) -> int:
    mine = [p for p in payments if p.status is Status.REQUIRES_RETRY]
    for payment in mine:
        call(house.port, "POST", f"/v1/payments/{payment.id}/push", {}, house.key)
    return len(mine)


# -- the usual way --------------------------------------------------------------------------------


def _of_the_usual_way(run: Run) -> tuple[Wrong, dict[str, Any]]:
    with a_folder_house(run.folder / "chaos-usual") as house:
        run.step("starting")
        _start_wallet(house)
        database, port = house.folder / "shop.db", free_port()
        shop = [sys.executable, "-m", "bench.naive.shop", str(port), str(database)]
        house.start("shop", shop, lambda: listens(port))
        worker = [sys.executable, "-m", "bench.naive.worker", str(house.sandbox_port)]
        worker += [str(database), str(TIMEOUT), str(THREADS)]
        house.start("worker", worker, lambda: True)

        def ask(_: str) -> tuple[str, dict[str, str]]:
            return "/orders", {"Content-Type": "application/json"}

        _run(run, house, port, ask, worker)
        table = Orders(database)
        _until_quiet(table)
        run.step("customers try again")
        again = table.again()
        _until_quiet(table)
        time.sleep(float(WALLET["silence_bound"].rstrip("s")))  # what is still out ends
        statuses = table.statuses()
        assert len(statuses) == run.count
        rows = house.ledger()
        kept = _kept(rows, {row["invoice"]: row["invoice"].rpartition("-")[0] for row in rows})
        said = {
            order: status if status in {"paid", "failed"} else "open"
            for order, status in statuses.items()
        }
        facts = {
            "the usual way: pushes heard": len(rows),
            "the usual way: tried again": again,
            "the usual way: paid": sum(word == "paid" for word in said.values()),
        }
        return judged(said, kept), facts


def _until_quiet(table: Orders) -> None:
    end = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < end:
        time.sleep(1.0)
        if not set(table.statuses().values()) & {"pending", "processing"}:
            return


# -- what both are put through --------------------------------------------------------------------


def _start_wallet(house: House) -> None:
    extra = [f"--seed={SEED}", "--window=2.75s"]
    extra += [f"--{name.replace('_', '-')}={value}" for name, value in WALLET.items()]
    command = sandbox.command(house.settings(), extra)
    house.start("sandbox", command, lambda: answers(house.sandbox_port, "/healthz"))
    accidents(
        house,
        phones=phones(SEED),
        magic_amounts=False,
        answer_after={"min": "0.1s", "max": "2.5s"},
        drop_rate=LOST,
        duplicate_rate=TWICE,
    )


def _run(run: Run, house: House, port: int, ask: Ask, worker: Sequence[str]) -> None:
    """Sell, and kill the worker meanwhile; it is started again at once."""
    wanted = orders(run.count, list(phones(SEED)))
    chance, kills = random.Random(SEED), run.kills
    selling = threading.Thread(target=sell, args=(port, wanted, RATE, ask))
    selling.start()
    length = run.count / RATE
    began = time.monotonic()
    for number in range(kills):
        at = length * (number + chance.uniform(0.2, 0.9)) / kills
        time.sleep(max(0.0, began + at - time.monotonic()))
        run.step(f"kill {number + 1}")
        os.killpg(house.processes["worker"].pid, signal.SIGKILL)
        house.processes["worker"].wait(10)
        house.start("worker", worker, lambda: True)
    selling.join()
    run.step("until all is known")


def _kept(rows: Sequence[Mapping[str, Any]], order_of: Mapping[str, str]) -> Mapping[str, int]:
    """How often each order's money is with the merchant, by the wallet's ledger."""
    return Counter(order_of[row["invoice"]] for row in rows if row["money_kept"])
