"""MongoDB stops, is killed, or is slow: 503, nothing is sent meanwhile, and no answer is lost."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.house import RunningHouse, a_phone, until
from tests.integration.production.servers import Production, Servers, a_production, shown
from tests.servers.mongo import MongoServer

LONG = 90.0
AWAY_SECONDS, LONG_AWAY_SECONDS = 12.0, 20.0
"""Longer than a heartbeat may be silent, so that each worker could think the other lost."""
PROCESSES = ("sandbox", "worker", "worker-2", "serve")


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Production]:
    """A house whose customers have a minute to tap."""
    with a_production(tmp_path_factory.mktemp("mongodb_away"), servers) as production:
        yield production


@pytest.fixture
def house(production: Production) -> RunningHouse:
    """Everything runs."""
    production.house.ensure(*PROCESSES)
    return production.house


def heard(house: RunningHouse) -> int:
    """How many pushes the wallet has heard."""
    return int(house.ledger(limit=1)["totals"]["heard"].get("push", 0))


def refused(house: RunningHouse, order: str) -> bool:
    """Whether a start is refused with the store's code; nothing else may be answered to it."""
    answer = house.pay(order, a_phone())
    assert answer.status in {202, 503}, answer.body
    if answer.status == 503:
        assert answer.json["code"] == "store_unavailable"
        assert int(answer.headers["retry-after"]) >= 1
    return answer.status == 503


def stopped(mongo: MongoServer) -> Callable[[], Any]:
    mongo.stop()
    return mongo.start


def killed(mongo: MongoServer) -> Callable[[], Any]:
    mongo.kill()
    return mongo.start


def hanging(mongo: MongoServer) -> Callable[[], Any]:
    mongo.pause()
    return mongo.resume


@pytest.mark.timeout(400)
@pytest.mark.parametrize("away", [stopped, killed, hanging], ids=lambda away: away.__name__)
def test_mongodb_goes_away_with_pushes_out_and_comes_back(
    production: Production, house: RunningHouse, away: Callable[[MongoServer], Callable[[], Any]]
) -> None:
    name = away.__name__
    lasts = LONG_AWAY_SECONDS if away is stopped else AWAY_SECONDS
    held = [a_phone() for _ in range(4)]
    ids = [house.started(f"{name}-{phone}", phone) for phone in held]
    pushes = [shown(house, phone) for phone in held]
    before, began = heard(house), time.monotonic()
    back = away(production.servers.mongo)
    try:
        until(lambda: refused(house, f"{name}-meanwhile"), "a start is refused", LONG)
        assert house.call("GET", "/readyz").status == 503
        for push in pushes[:2]:
            assert house.tap(push["id"], "approve").status == 200
        while time.monotonic() - began < lasts:
            assert heard(house) == before
            time.sleep(0.5)
    finally:
        back()
    for payment_id in ids[:2]:
        house.until_status(payment_id, "succeeded", within=LONG)
    for push in pushes[2:]:
        assert house.tap(push["id"], "approve").status == 200
    for payment_id in ids[2:]:
        house.until_status(payment_id, "succeeded", within=LONG)
    after = house.started(f"{name}-after")
    house.until_status(after, "succeeded", within=LONG)
    for phone in held:
        assert [row["times_heard"] for row in house.pushes(phone)] == [1]
    assert {len(house.payment(payment_id)["attempts"]) for payment_id in ids} == {1}


@pytest.mark.timeout(300)
def test_a_slow_mongodb_makes_payments_slow_and_nothing_else(
    production: Production, house: RunningHouse
) -> None:
    with production.servers.wire.slow(0.08):
        ids = [house.started(f"slow-{number}") for number in range(3)]
        for payment_id in ids:
            paid = house.until_status(payment_id, "succeeded", within=LONG)
            assert [a["status"] for a in paid["attempts"]][-1] == "approved"
    rows = house.pushes("081200000001")
    assert {row["times_heard"] for row in rows} == {1}


@pytest.mark.timeout(300)
def test_a_wire_that_is_cut_is_found_again_and_nothing_is_doubled(
    production: Production, house: RunningHouse
) -> None:
    phone = a_phone()
    payment_id = house.started("cut", phone)
    push = shown(house, phone)
    with production.servers.wire.cut():
        until(lambda: refused(house, "cut-meanwhile"), "a start is refused", LONG)
        house.tap(push["id"], "approve")
    house.until_status(payment_id, "succeeded", within=LONG)
    assert [row["times_heard"] for row in house.pushes(phone)] == [1]
