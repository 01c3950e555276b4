"""How soon all is known again after `kill -9` with thousands of pushes in front of customers."""

import asyncio
import json
import os
import signal
import time
from datetime import UTC, datetime

from bench.figures import Bound, Figure, Measured, percentile
from bench.house import House, a_house, answers, call, until
from bench.measure_chaos import payments_of, unsettled
from bench.measure_hold import start_held
from bench.orders import usual_phone
from bench.rounds import Rounds
from bootstrap import sandbox
from domain.attempt import Attempt, AttemptStatus
from domain.payment import Payment
from domain.rules import Rules

HELD = 5_000
RULES = Rules()
ANSWERS = {"min": "15s", "max": "50s"}
HELD_WITHIN, KNOWN_WITHIN = 60.0, 300.0


async def recover(rounds: Rounds) -> Measured:
    """`kill -9` with 5,000 pushes in flight; half are approved later, half are never answered."""
    return await asyncio.to_thread(_recover, rounds)


def _recover(rounds: Rounds) -> Measured:
    count = HELD // 20 if rounds.quick else HELD
    with a_house(rounds.folder / "recover") as house:
        rounds.step("recover: starting")
        _start_wallet(house, count)
        house.start_worker()
        worker = house.processes["worker"].pid
        rounds.step(f"recover: {count} pushes are sent")
        start_held(house, count)
        until(lambda: _heard(house) >= count, "all are held", HELD_WITHIN)
        os.killpg(worker, signal.SIGKILL)
        house.processes.pop("worker").wait(10)
        restarted = datetime.now(UTC)
        rounds.step("recover: until all is known")
        house.start_worker()
        end = time.monotonic() + KNOWN_WITHIN
        while time.monotonic() < end and unsettled(house):
            time.sleep(2.0)
        return _measured(house, restarted)


def _start_wallet(house: House, count: int) -> None:
    minds = {usual_phone(n): "approve" if n % 2 else "ignore" for n in range(count)}
    scenario = house.folder / "scenario.json"  # too many phones for one request
    scenario.write_text(json.dumps({"phones": minds, "answer_after": ANSWERS}))
    command = sandbox.command(house.settings(), [f"--scenario={scenario}"])
    house.start("sandbox", command, lambda: answers(house.sandbox_port, "/healthz"))


def _heard(house: House) -> int:
    totals = call(house.sandbox_port, "GET", "/control/ledger?limit=1")["totals"]
    heard: int = totals["heard"].get("push", 0)
    return heard


def _measured(house: House, restarted: datetime) -> Measured:
    paid_at = {
        row["invoice"]: datetime.fromisoformat(row["paid_at"])
        for row in house.ledger()
        if row["paid_at"]
    }
    actual: list[float] = []
    allowed: list[float] = []
    told: list[float] = []
    unknown = 0
    for payment in payments_of(house):
        attempt = payment.attempts[0]
        known = _known_at(payment, attempt)
        if known is None:
            unknown += 1
            continue
        charged = paid_at.get(str(attempt.references.shown["merchant_invoice"]))
        earliest = max(restarted, _earliest(attempt, charged))
        actual.append((known - restarted).total_seconds())
        allowed.append((earliest - restarted).total_seconds())
        if charged is not None:
            told.append((known - earliest).total_seconds())
    told.sort()
    return Measured(
        [
            Figure("all known ÷ the shortest", [max(actual) / max(allowed)], "", Bound(most=1.2)),
            Figure("not known in the end", [unknown], "", Bound(most=0)),
            Figure("all known after the restart", [max(actual)], "s"),
            Figure("the shortest that the windows allow", [max(allowed)], "s"),
            Figure("approval until known, median", [percentile(told, 0.5)], "s"),
            Figure("approval until known, p99", [percentile(told, 0.99)], "s"),
        ],
        {"payments": len(actual) + unknown, "clocks": "OVO's own"},
    )


def _known_at(payment: Payment, attempt: Attempt) -> datetime | None:
    if attempt.status is AttemptStatus.APPROVED:
        return payment.paid_at
    return attempt.concluded_at


def _earliest(attempt: Attempt, charged: datetime | None) -> datetime:
    """An approval can be known at once; that no money moved, by a check after the first reversal.

    The reversal waits for the answer deadline, the check for 15 s more (promises: Resolving); a
    plain 25, or the reversal's own 00, would prove it only at the horizon, 5 s later still.
    """
    if charged is not None:
        return charged
    reversed_ = RULES.clocks.answer_within + RULES.check_every
    return attempt.claimed.at + min(reversed_, RULES.clocks.horizon)
