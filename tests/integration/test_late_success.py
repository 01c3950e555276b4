"""A push that the wallet hears only when it was proved not charged: each policy, real processes."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.rules import WIB
from tests.integration.house import FAST, RunningHouse, a_house, a_phone, call, until
from tests.integration.started import a_started
from tests.integration.test_money import kinds, the_exception

LONG = timedelta(seconds=40)
"""How far the push is from the wallet: its clock is moved on by that when Lunas has given it up."""
ON_ITS_WAY = {"behaviour": "approve", "delivered_after": f"{LONG.seconds}s"}
LATE = "payment.late_success"


@pytest.fixture(autouse=True)
def _not_at_midnight() -> None:
    """A void is of its own day in Jakarta, on the wallet's clock too, which is moved on."""
    now = datetime.now(WIB)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (tomorrow - now).total_seconds()
    if left < 90:
        time.sleep(left + 1)


@contextmanager
def a_house_that(
    policy: str, folder: Path, scenario: Mapping[str, object]
) -> Iterator[RunningHouse]:
    """A house that does so with a late success, and is watchful for long enough."""
    with a_house(
        folder, FAST, late_success=policy, ovo_void_until="23:59:59", ovo_watch_after="3s,10s,20s"
    ) as house:
        house.start()
        house.scenario(wallet_limit="1.4s", late_after="4.5s", silence_bound="40s", **scenario)
        yield house


def arrive(house: RunningHouse, after: timedelta = LONG) -> None:
    """Let the wallet hear what is so long on its way to it."""
    clock = f"{house.sandbox_url}/control/clock"
    moved = call("POST", clock, body={"advance": f"{after.seconds}s"})
    assert moved.status == 200, moved.body


def deliveries(house: RunningHouse, payment_id: str) -> list[str]:
    """The states of all deliveries of the payment's events."""
    events = house.call("GET", f"/v1/events?payment_id={payment_id}&limit=100").json["data"]
    found = [house.call("GET", f"/v1/events/{event['data']['id']}").json for event in events]
    return [delivery["status"] for event in found for delivery in event["deliveries"]]


def given_up(house: RunningHouse, order: str) -> dict[str, Any]:
    """A payment proved not charged, by a check alone; its push is still on its way."""
    payment_id = house.started(order, a_phone())
    house.until_status(payment_id, "awaiting_customer")
    until(lambda: house.ledger()["totals"]["under_way"], "the push under way")
    # What was heard and not yet written down would be told again by the next worker.
    until(lambda: "pending" not in deliveries(house, payment_id), "what is told is written down")
    house.kill("worker")  # whoever comes after the horizon asks first, and need take nothing back
    house.until_horizon(payment_id)
    house.start("worker")
    payment: dict[str, Any] = house.until_status(payment_id, "requires_retry")
    [attempt] = payment["attempts"]
    assert (attempt["proof"], attempt["reversals"]) == ("not_found", 0)
    return payment


def test_it_is_honoured_and_told_once(tmp_path: Path) -> None:
    with a_house_that("honour", tmp_path, ON_ITS_WAY) as house, house.hooked() as chat:
        payment = given_up(house, "honoured")
        arrive(house)
        paid = house.until_status(payment["id"], "succeeded")
        assert kinds(house, paid["id"])[-2:] == [LATE, "payment.succeeded"]
        chat.until_whole(paid["id"], paid["sequence"])
        [row] = house.ledger()["pushes"]
        assert (row["times_heard"], row["money_kept"]) == (1, True)
        found = the_exception(house, paid["id"])
        assert (found["kind"], found["status"], found["actions"]) == (
            "late_success",
            "open",
            ["honour"],
        )
        again = house.pay("honoured")
        assert (again.status, again.json["code"]) == (409, "order_already_paid")


def test_it_is_given_back_where_that_is_the_policy(tmp_path: Path) -> None:
    with a_house_that("reverse", tmp_path, ON_ITS_WAY) as house:
        payment = given_up(house, "given-back")
        arrive(house)
        until(lambda: kinds(house, payment["id"])[-1] == LATE, "told", 40)

        def voided() -> Any:
            [row] = house.ledger()["pushes"]
            return row["state"] == "voided" and row

        row = until(voided, "the void")
        assert (row["times_heard"], row["voids"], row["money_kept"]) == (1, 1, False)
        listed = "/v1/exceptions?status=all"
        until(lambda: house.call("GET", listed).json["data"][0]["status"] == "closed", "closed")
        assert house.payment(payment["id"])["status"] == "requires_retry"
        assert "payment.succeeded" not in kinds(house, payment["id"])


def test_it_can_be_triggered(tmp_path: Path) -> None:
    with a_house_that("review", tmp_path, {}) as house:
        mine = house.environment | {"LUNAS_API_KEY": house.key}
        command = ("trigger", LATE, "--json")
        with a_started(*command, folder=house.folder, environment=mine) as trigger:
            [payment] = until(lambda: house.call("GET", "/v1/payments").json["data"], "a payment")
            house.until_status(payment["id"], "requires_retry")
            arrive(house, LONG * 3)
            assert trigger.process.wait(60) == 0, trigger.said
            event = json.loads(trigger.output.read_text())
        assert (event["type"], event["data"]["payment"]["id"]) == (LATE, payment["id"])
        assert the_exception(house, payment["id"])["suggested_action"] == "void"
