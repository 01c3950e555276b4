"""Events made to happen: what is asked of Lunas for each, and what is refused."""

import json

import pytest

from adapters.inbound.cli import trigger
from adapters.inbound.cli.drives import DRIVES, NOT_YET, SHORTEST_LIFE_SECONDS
from adapters.inbound.http.models import SHORTEST_LIFE
from domain.events import EventType
from domain.rules import Rules
from sandbox.magic import PHONES
from tests.unit.cases import for_each
from tests.unit.cli.builders import (
    EVENT_ID,
    PAYMENT_ID,
    REFUND_ID,
    Heard,
    House,
    Say,
    ScriptedLunas,
    a_problem,
    a_refund,
)
from tests.unit.cli.shelf import Shelf, Steps, id_of

COURSES = {
    "payment.created": (None, ("created",)),
    "payment.awaiting_customer": ("081200000003", ("created", "awaiting_customer")),
    "payment.succeeded": ("081200000001", ("created", "awaiting_customer", "succeeded")),
    "payment.requires_retry": ("081200000002", ("created", "awaiting_customer", "requires_retry")),
    "payment.failed": ("081200001030", ("created", "awaiting_customer", "failed")),
    "payment.unknown": ("081200000005", ("created", "awaiting_customer", "unknown", "succeeded")),
    "payment.late_success": (
        "081200000019",
        ("created", "awaiting_customer", "unknown", "requires_retry", "late_success"),
    ),
    "payment.canceled": (None, ("created", "canceled")),
    "payment.expired": (None, ("created", "expired")),
}
PAID = ("payment.created", "payment.awaiting_customer", "payment.succeeded")
REFUNDS: dict[str, tuple[dict[str, int], str | None]] = {
    "refund.pending": ({"amount": 25_000}, None),
    "refund.succeeded": ({}, "succeeded"),
    "refund.failed": ({"amount": 25_000}, "failed"),
    "refund.unknown": ({}, None),
    "payment.refunded": ({}, "succeeded"),
    "payment.partially_refunded": ({"amount": 25_000}, "succeeded"),
}
EVERY = pytest.mark.parametrize("event", sorted(COURSES))


def posted(lunas: ScriptedLunas) -> list[str]:
    """The paths posted to."""
    return [heard.path for heard in lunas.heard if heard.method == "POST"]


@EVERY
def test_each_event_is_brought_about_by_a_payment_of_its_own(
    online: House, shelf: Shelf, lunas: ScriptedLunas, event: str
) -> None:
    phone, course = COURSES[event]
    shelf.course = tuple(f"payment.{kind}" for kind in course)
    result = online.run("trigger", event, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["type"], found["data"]["payment"]["id"]) == (event, PAYMENT_ID)
    body = lunas.heard[0].body
    assert body.pop("order_id").startswith("trigger-")
    assert body.pop("amount") == 50_000
    assert body.pop("phone", None) == phone
    assert body.pop("expires_in", None) == (120 if event == "payment.expired" else None)
    assert body == {"description": "lunas trigger"}
    cancel = [f"/v1/payments/{PAYMENT_ID}/cancel"] if event == "payment.canceled" else []
    assert posted(lunas) == ["/v1/payments", *cancel]
    assert lunas.heard[0].key
    assert f"payment_id={PAYMENT_ID}" in lunas.heard[-1].path


@pytest.mark.parametrize("event", sorted(REFUNDS))
@pytest.mark.parametrize("kind", ["manual", "void"])
def test_a_refund_is_driven_by_a_payment_that_was_paid(
    online: House, lunas: ScriptedLunas, event: str, kind: str
) -> None:
    shelf = Shelf()

    def answers(heard: Heard) -> Say:
        if heard.path == "/v1/payments":
            for number, told in enumerate(PAID, start=1):
                shelf.tell(number, kind=told)
        elif heard.path.endswith("/refunds"):
            return Say(a_refund(kind=kind), 202)
        return shelf(heard)

    lunas.answers = answers
    online.pauses = Steps(lambda: shelf.tell(4, kind=event))
    result = online.run("trigger", event, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["type"] == event
    wish, outcome = REFUNDS[event]
    asked, *closed = [heard for heard in lunas.heard if heard.method == "POST"][1:]
    assert asked.path == f"/v1/payments/{PAYMENT_ID}/refunds"
    assert asked.body == wish | {"reason": "lunas trigger", "actor": "lunas trigger"}
    assert [heard.path for heard in closed] == (
        [f"/v1/refunds/{REFUND_ID}/close"] if outcome and kind == "manual" else []
    )
    assert all(heard.body["outcome"] == outcome for heard in closed)


def test_a_payment_that_is_not_paid_is_not_refunded(
    online: House, shelf: Shelf, lunas: ScriptedLunas
) -> None:
    shelf.course = ("payment.created", "payment.failed")
    result = online.run("trigger", "refund.pending")
    assert result.exit_code == 1
    assert "came to payment.failed" in result.stderr
    assert posted(lunas) == ["/v1/payments"]


def test_people_see_the_event(online: House, shelf: Shelf) -> None:
    shelf.course = ("payment.created",)
    result = online.run("trigger", "payment.created")
    assert result.exit_code == 0
    for part in (id_of(1), PAYMENT_ID, "Rp 50.000", "10:15:25 WIB"):
        assert part in result.stdout
    assert "without a phone" in result.stderr


def test_amount_and_order_can_be_chosen(online: House, shelf: Shelf, lunas: ScriptedLunas) -> None:
    shelf.course = ("payment.created",)
    online.run("trigger", "payment.created", "--amount", "75.000", "--order", "consult-1")
    assert (lunas.heard[0].body["amount"], lunas.heard[0].body["order_id"]) == (75_000, "consult-1")


def test_the_event_is_waited_for(online: House, shelf: Shelf) -> None:
    shelf.course = ("payment.created", "payment.awaiting_customer")
    online.pauses = Steps(None, None, lambda: shelf.tell(3))
    assert online.run("trigger", "payment.succeeded").exit_code == 0
    assert online.pauses == [0.5] * 3


@pytest.mark.parametrize(
    ("event", "seconds"), [("payment.succeeded", 60), ("payment.expired", 120 + 60)]
)
def test_waiting_is_bounded(
    online: House, shelf: Shelf, event: str, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger, "BETWEEN_LOOKS_SECONDS", 10.0)
    shelf.course = ("payment.created",)
    result = online.run("trigger", event)
    assert result.exit_code == 1
    assert sum(online.pauses) == seconds
    assert "lunas doctor" in result.stderr


def test_a_payment_that_ends_otherwise_is_not_waited_for(online: House, shelf: Shelf) -> None:
    shelf.course = ("payment.created", "payment.failed")
    result = online.run("trigger", "payment.succeeded")
    assert result.exit_code == 1
    assert "came to payment.failed" in result.stderr
    assert online.pauses == []


@for_each("event", sorted(map(str, NOT_YET)))
def test_what_cannot_be_driven_is_refused_with_a_reason(
    online: House, lunas: ScriptedLunas, event: str
) -> None:
    result = online.run("trigger", event)
    assert result.exit_code == 1
    assert event in result.stderr
    assert NOT_YET[event] in result.stderr
    assert lunas.heard == []


@EVERY
@pytest.mark.parametrize("key", ["lunas_live_of-these-tests", "another"])
def test_never_with_a_key_that_is_not_for_tests(
    online: House, lunas: ScriptedLunas, event: str, key: str
) -> None:
    online.api_key = key
    result = online.run("trigger", event)
    assert result.exit_code == 2
    assert key not in result.output
    assert lunas.heard == []


def test_the_list_tells_every_event(house: House) -> None:
    result = house.run("trigger", "--list")
    assert result.exit_code == 0
    for event in (*COURSES, *REFUNDS):
        assert f"{event}  " in result.stdout
    assert all(event in result.stderr for event in NOT_YET)
    told = json.loads(house.run("trigger", "--list", "--json").stdout)
    kinds = [row["type"] for row in (*told["data"], *told["not_yet"])]
    assert sorted(kinds) == sorted(EventType)


def test_a_late_success_is_waited_for_until_the_wallet_was_asked_again() -> None:
    rules = Rules()
    given_up = rules.clocks.horizon + 2 * rules.check_every
    asked_again = (given_up + rules.watch_after[0]).total_seconds()
    assert 0 < DRIVES["payment.late_success"].wait_seconds - asked_again < 180


def test_the_drives_fit_the_sandbox_and_the_api() -> None:
    assert set(DRIVES) | set(NOT_YET) == set(EventType)
    assert {drive.phone for drive in DRIVES.values() if drive.phone} <= set(PHONES)
    assert SHORTEST_LIFE_SECONDS == SHORTEST_LIFE


def test_wrong_usage_and_refusals(online: House, lunas: ScriptedLunas) -> None:
    assert online.run("trigger").exit_code == 2
    assert online.run("trigger", "payment.paid").exit_code == 2
    assert online.run("trigger", "payment.created", "--amount", "5e4").exit_code == 2
    lunas.script = [a_problem("validation_failed", 422)]
    assert online.run("trigger", "payment.created", "--order", EVENT_ID * 9).exit_code == 1
    online.api_key = None
    assert online.run("trigger", "payment.created").exit_code == 2
