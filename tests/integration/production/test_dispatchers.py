"""Two dispatchers: one is killed with pushes in its hands, one has a clock of its own."""

import os
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.integration.house import RunningHouse, a_phone, at_once, until
from tests.integration.production.servers import CALM, Production, Servers, a_production

FEW = 24
HELD = int(os.environ.get("LUNAS_TESTS_HELD", FEW))
"""Pushes in front of customers; a stand-in of MongoDB takes minutes to write 500."""
LONGER = HELD - FEW
LONG = 120.0 + LONGER
CLOCKS = CALM | {
    "LUNAS_OVO_CUSTOMER_WINDOW": f"{55 + LONGER}s",
    "LUNAS_OVO_WALLET_ANSWERS_WITHIN": f"{70 + LONGER}s",
    "LUNAS_OVO_READ_WITHIN": f"{75 + LONGER}s",
}
WALLET = {
    "window": f"{55 + LONGER}s",
    "wallet_limit": f"{70 + LONGER}s",
    "late_after": f"{72 + LONGER}s",
    "silence_bound": f"{120 + LONGER}s",
}
"""The first customer still waits when the last one is asked."""
AHEAD, LIFE = 127, 132
"""Seconds: by such a clock a payment of that life ends when it is five seconds old."""
SHIFTED = "tests.integration.production.shifted_worker"
PROCESSES = ("sandbox", "worker", "worker-2", "serve")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Production]:
    with a_production(tmp_path_factory.mktemp("dispatchers"), servers, CLOCKS) as production:
        yield production


@pytest.fixture
def house(production: Production) -> RunningHouse:
    production.house.ensure(*PROCESSES)
    return production.house


def holders(house: RunningHouse, ids: list[str]) -> dict[str, list[str]]:
    """Which worker holds which of these payments."""
    found: dict[str, list[str]] = {}
    with house.inside() as inside:
        for payment_id in ids:
            payment = inside.store.payments.get(payment_id)
            if payment.attempts:
                found.setdefault(payment.attempts[-1].worker, []).append(payment_id)
    return found


@pytest.mark.timeout(400 + 4 * LONGER)
def test_one_dies_with_its_hands_full_and_the_other_finds_everything_out(
    house: RunningHouse,
) -> None:
    house.scenario(**WALLET)
    phones = [a_phone() for _ in range(HELD)]
    ids = at_once([partial(house.started, f"held-{p}", p) for p in phones], width=8)

    def waiting() -> int:
        return len(house.ledger(state="waiting", limit=10_000)["pushes"])

    until(lambda: waiting() >= HELD, "every push is out", LONG)
    by_worker = holders(house, ids)
    assert len(by_worker) == 2, by_worker
    house.kill("worker")
    for push in house.ledger(state="waiting", limit=10_000)["pushes"]:
        assert house.tap(push["id"], "approve").status == 200
    for payment_id in ids:
        house.until_status(payment_id, "succeeded", within=LONG)
    for phone in phones:
        assert [row["times_heard"] for row in house.pushes(phone)] == [1]
    lost = {
        payment_id
        for payment_id in ids
        for event in house.call("GET", f"/v1/events?payment_id={payment_id}").json["data"]
        if event["type"] == "payment.unknown"
    }
    assert lost in [set(held) for held in by_worker.values()], "it is the dead one's, all of it"
    checked = house.run("check", "invariants", within=120)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.timeout(300)
def test_one_whose_clock_is_ahead_notices_starts_nothing_and_says_so(house: RunningHouse) -> None:
    house.stop("worker-2", within=30)
    house.programs["worker-2"] = SHIFTED
    house.own["worker-2"] = {"AHEAD_SECONDS": str(AHEAD)}
    began = time.monotonic()
    waiting = house.started("nothing-early", None, expires_in=LIFE)
    try:
        house.start("worker-2")

        def warned() -> list[str]:
            warnings: list[str] = house.call("GET", "/readyz").json["warnings"]
            return [warning for warning in warnings if "s off the store's" in warning]

        (warning,) = until(warned, "it is told in /readyz", LONG)
        assert "starts nothing" in warning
        assert warning.startswith("worker-")
        shifted = warning.partition(" ")[0]
        ids = [house.started(f"beside-{number}") for number in range(4)]
        for payment_id in ids:
            house.until_status(payment_id, "succeeded", within=LONG)
        assert shifted not in holders(house, ids), "it claimed with a wrong clock"
        until(lambda: time.monotonic() - began > 2 * (LIFE - AHEAD), "by its clock it is over")
        status = house.payment(waiting)["status"]
        assert status == "pending" or time.monotonic() - began > LIFE, "it ended early"
        assert house.ledger(limit=1)["totals"]["heard"].get("reversal", 0) == 0
        house.stop("worker", within=30)

        def not_ready() -> bool:
            ready = house.call("GET", "/readyz")
            return ready.status == 503 and "off the store's" in str(ready.json["problems"])

        until(not_ready, "no payment could be made with it alone", LONG)
    finally:
        house.kill("worker-2")
        del house.programs["worker-2"], house.own["worker-2"]
