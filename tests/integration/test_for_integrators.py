"""`lunas trigger`, `events tail` and `listen` as processes beside a real house."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook

from domain.payment import Change
from tests.integration.house import (
    PATIENT,
    RunningHouse,
    a_house,
    a_phone,
    a_receiver,
    at_once,
    until,
)
from tests.integration.started import Started, a_started

# What each event that is offered says of the payment, and what the wallet then has of the money;
# None where the wallet was not asked. Written down again, not taken from the command's own table.
OFFERED: dict[str, tuple[str, bool | None]] = {
    "payment.created": ("pending", None),
    "payment.awaiting_customer": ("awaiting_customer", False),
    "payment.succeeded": ("succeeded", True),
    "payment.requires_retry": ("requires_retry", False),
    "payment.unknown": ("unknown", True),
    "payment.failed": ("failed", False),
    "payment.canceled": ("canceled", None),
    "payment.expired": ("expired", None),
    "refund.pending": ("succeeded", None),
    "refund.succeeded": ("refunded", False),
    "refund.failed": ("succeeded", True),
    "payment.refunded": ("refunded", False),
    "refund.unknown": ("succeeded", False),
    "payment.partially_refunded": ("partially_refunded", True),
}
TRIED_ELSEWHERE = {"payment.late_success"}
"""With a house of its own clocks: test_late_success.py."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with a_house(tmp_path_factory.mktemp("integrators"), PATIENT) as house:
        yield replace(house, environment=house.environment | {"LUNAS_API_KEY": house.key})


@pytest.fixture
def house(alone: RunningHouse) -> RunningHouse:
    alone.ensure("sandbox", "worker", "serve")
    return alone


def lunas(house: RunningHouse, *arguments: str) -> AbstractContextManager[Started]:
    """A command of this house that goes on while the block lasts."""
    return a_started(*arguments, folder=house.folder, environment=house.environment)


def triggered(house: RunningHouse, kind: str) -> dict[str, Any]:
    """The event, made to happen; a payment that nobody pays is given less than its 120 s."""
    with lunas(house, "trigger", kind, "--json") as trigger:
        if kind == "payment.expired":
            trigger.until_said("takes 120 s")
            let_expire(house, trigger.said.partition(": starts")[0])
        assert trigger.process.wait(30) == 0, trigger.said
        event: dict[str, Any] = json.loads(trigger.output.read_text())
        return event


def let_expire(house: RunningHouse, payment_id: str) -> None:
    with house.inside() as inside:
        payment, now = inside.store.payments.get(payment_id), inside.clock().at
        older = replace(payment, expires_at=now, due_at=now, version=payment.version + 1)
        inside.store.payments.save(Change(older, ()))


def told(house: RunningHouse, *arguments: str) -> Any:
    """What the command says to a program."""
    done = house.run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def about(events: Iterable[dict[str, Any]], *payment_ids: str) -> list[dict[str, Any]]:
    """The events of these payments, in the order they came; others go on living beside."""
    return [event for event in events if event["data"]["payment"]["id"] in payment_ids]


def events_of(house: RunningHouse, *payment_ids: str) -> list[dict[str, Any]]:
    """The events of these payments as the API lists them, oldest first in each."""
    found = []
    for payment_id in payment_ids:
        listed = house.call("GET", f"/v1/events?limit=100&payment_id={payment_id}").json["data"]
        found += sorted(listed, key=lambda event: event["data"]["sequence"])
    return found


def test_what_is_offered_is_what_is_tried_here(house: RunningHouse) -> None:
    assert {row["type"] for row in told(house, "trigger", "--list")["data"]} == (
        set(OFFERED) | TRIED_ELSEWHERE
    )


@pytest.mark.parametrize("kind", OFFERED)
def test_an_event_that_is_offered_happens(house: RunningHouse, kind: str) -> None:
    status, money_kept = OFFERED[kind]
    heard = len(house.ledger()["pushes"])
    event = triggered(house, kind)
    payment = event["data"]["payment"]
    assert (event["type"], payment["status"], payment["amount"]) == (kind, status, 50_000)
    assert event in events_of(house, payment["id"])
    pushes = house.ledger()["pushes"][heard:]
    if kind == "refund.pending":  # whether the void was made meanwhile is left to chance
        assert event["data"]["refund"]["status"] == "pending"
        assert len(pushes) == 1
        return
    assert [push["money_kept"] for push in pushes] == ([] if money_kept is None else [money_kept])


def test_what_is_not_offered_is_refused_and_starts_nothing(house: RunningHouse) -> None:
    before = house.call("GET", "/v1/payments?limit=1").json["data"]
    refused = [row["type"] for row in told(house, "trigger", "--list")["not_yet"]]
    links = {"wallet_link.active", "wallet_link.unlinked", "wallet_link.broken"}
    assert set(refused) == {"endpoint.disabled"} | links
    for name in refused:
        done = house.run("trigger", name)
        assert done.returncode == 1
        assert "cannot be triggered" in done.stderr
    assert house.call("GET", "/v1/payments?limit=1").json["data"] == before


def test_a_tail_tells_each_event_once_and_in_order(house: RunningHouse) -> None:
    earlier = house.until_status(house.started("before-the-tail"), "succeeded")["id"]
    with lunas(house, "events", "tail", "--json") as tail:
        tail.until_said("Following the events of")
        payments = at_once([partial(house.started, f"tail-{n}") for n in range(12)], 12)
        for payment_id in payments:
            house.until_status(payment_id, "succeeded")
        expected = events_of(house, *payments)
        until(lambda: len(about(tail.results, *payments)) >= len(expected), lambda: tail.said)
        assert tail.stop() == 0
    said = about(tail.results, *payments)
    by_payment = sorted(said, key=lambda event: event["data"]["payment"]["id"])
    assert by_payment == sorted(expected, key=lambda event: event["data"]["payment"]["id"])
    assert len(expected) == 36
    assert earlier not in str(tail.results)


def test_a_tail_of_one_type_or_one_payment_or_from_a_time(house: RunningHouse) -> None:
    first = house.call("GET", f"/v1/payments/{house.started('narrow-1')}").json
    house.until_status(first["id"], "succeeded")
    since = first["created_at"]
    kinds = ("--type", "payment.succeeded", "--type", "payment.failed")
    with (
        lunas(house, "events", "tail", "--json", *kinds) as some,
        lunas(house, "events", "tail", "--json", "--payment", first["id"]) as one,
        lunas(house, "events", "tail", "--json", "--since", since) as all_since,
    ):
        for tail in (some, one, all_since):
            tail.until_said("Following the events of")
        second = house.until_status(house.started("narrow-2"), "succeeded")
        ids = (first["id"], second["id"])
        both = events_of(house, *ids)
        until(lambda: len(about(all_since.results, *ids)) >= len(both), lambda: all_since.said)
        until(lambda: some.results, lambda: some.said)
        assert [tail.stop() for tail in (some, one, all_since)] == [0, 0, 0]
    assert about(all_since.results, *ids) == both
    assert some.results == [both[-1]]
    assert one.results == []  # all of its events were there before


def lasting(headers: Mapping[str, str]) -> dict[str, str]:
    """What is the same for every receiver, time and connection."""
    changing = {"host", "connection", "webhook-timestamp", "webhook-signature"}
    return {name: value for name, value in headers.items() if name not in changing}


def test_what_listen_brings_is_what_a_registered_endpoint_gets(house: RunningHouse) -> None:
    with (
        house.hooked() as production,
        a_receiver() as mine,
        lunas(house, "listen", "--forward-to", mine.url) as listening,
    ):
        listening.until_said("Ready: events go to")
        payment_id = house.started("listened")
        mine.until_heard(payment_id, "payment.succeeded")
        production.until_heard(payment_id, "payment.succeeded")
        until(lambda: len(production.of(payment_id)) == 3, "all three in production")
        assert listening.stop() == 0
    secret = house.run("listen", "--print-secret").stdout.strip()
    assert secret in listening.said
    came = about(mine.events(), payment_id)
    assert [event["data"]["sequence"] for event in came] == [1, 2, 3]
    theirs = {headers["webhook-id"]: (headers, body) for headers, body in production.heard}
    for headers, body in mine.heard:
        if headers["webhook-id"] not in {event["data"]["id"] for event in came}:
            continue  # of another payment, which may be on its way to the other one yet
        real_headers, real_body = theirs[headers["webhook-id"]]
        assert body == real_body
        assert Webhook(secret).verify(body, dict(headers)) == json.loads(body)
        assert lasting(headers) == lasting(real_headers)


def test_a_program_that_refuses_is_asked_once_more_and_holds_up_nothing(
    house: RunningHouse,
) -> None:
    kinds = ("--events", "payment.succeeded")
    with (
        a_receiver(status=500) as program,
        lunas(house, "listen", "--json", "--forward-to", program.url, *kinds) as listening,
    ):
        listening.until_said("Ready: events go to")
        first = house.started("refused")
        program.until_heard(first, "payment.succeeded")
        program.status = 204
        second = house.started("taken")
        program.until_heard(second, "payment.succeeded")
        assert len(program.of(first)) == 1  # it waits for its second try
        until(lambda: len(listening.results) == 3, lambda: listening.said)
        assert listening.stop() == 0
    tries = [(t["subject_id"], t["try"], t["status"], t["again"]) for t in listening.results]
    assert tries == [(first, 1, 500, True), (second, 1, 204, False), (first, 2, 204, False)]
    assert "2 accepted, 0 given up, 0 not accepted yet" in listening.said


def test_what_happens_while_the_api_is_away_comes_afterwards(house: RunningHouse) -> None:
    phone = a_phone()
    with (
        a_receiver() as program,
        lunas(house, "listen", "--forward-to", program.url) as listening,
        lunas(house, "events", "tail", "--json") as tail,
    ):
        for each in (listening, tail):
            each.until_said("Ctrl-C ends it")
        payment_id = house.started("away", phone)
        push = house.shown_push(phone)
        program.until_heard(payment_id, "payment.awaiting_customer")
        house.kill("serve")
        for each in (listening, tail):
            each.until_said("is away")
        house.tap(push["id"], "approve")
        house.start("serve")
        program.until_heard(payment_id, "payment.succeeded")
        until(lambda: len(about(tail.results, payment_id)) == 3, lambda: tail.said)
        assert [listening.stop(), tail.stop()] == [0, 0]
    assert about(tail.results, payment_id) == events_of(house, payment_id)
    came = about(program.events(), payment_id)
    assert [event["data"]["sequence"] for event in came] == [1, 2, 3]
    for each in (listening, tail):
        assert "Lunas answers again" in each.said
