"""Two APIs and two dispatchers on one store: together they are one house."""

from functools import partial

import pytest

from tests.integration.house import RunningHouse, a_phone, at_once, until
from tests.integration.production.servers import EVERYBODY, Production, shown

CALLERS = 50
MANY = 16
"""Few: a stand-in of MongoDB writes them slowly."""
LONG = 120.0


@pytest.fixture
def house(production: Production) -> RunningHouse:
    """Everything runs."""
    production.whole()
    return production.house


@pytest.mark.timeout(400)
def test_a_payment_started_at_one_api_is_paid_and_seen_at_the_other(house: RunningHouse) -> None:
    with house.hooked("payment.succeeded") as chat:
        payment_id = house.started("from-one-to-the-other")
        path = f"/v1/payments/{payment_id}"
        until(
            lambda: house.call("GET", path, api="serve-2").json["status"] == "succeeded",
            lambda: str(house.call("GET", path, api="serve-2").json),
            LONG,
        )
        chat.until_heard(payment_id, "payment.succeeded", LONG)


@pytest.mark.timeout(400)
def test_fifty_starts_of_one_order_over_two_apis_make_one_payment(house: RunningHouse) -> None:
    phone = a_phone()
    body = {"order_id": "one-order", "amount": 50_000, "phone": phone}
    calls = [
        partial(house.call, "POST", "/v1/payments", body, api=("serve", "serve-2")[number % 2])
        for number in range(CALLERS)
    ]
    answers = at_once(calls)
    won = [answer for answer in answers if answer.status == 202]
    lost = [answer for answer in answers if answer.status != 202]
    assert len(won) == 1, {answer.status for answer in answers}
    assert {(a.status, a.json["code"]) for a in lost} == {(409, "order_in_progress")}
    assert {a.json["payment_id"] for a in lost} == {won[0].json["id"]}
    house.tap(shown(house, phone)["id"], "approve")
    house.until_status(won[0].json["id"], "succeeded", within=LONG)
    assert [row["times_heard"] for row in house.pushes(phone)] == [1]


@pytest.mark.timeout(400)
def test_one_key_at_both_apis_has_one_effect(house: RunningHouse) -> None:
    phone = a_phone()
    body = {"order_id": "one-key", "amount": 50_000, "phone": phone}
    post = partial(house.call, "POST", "/v1/payments", body, Idempotency_Key="one-key")
    answers = at_once([partial(post, api=api) for api in ("serve", "serve-2") * 10])
    answered = [answer for answer in answers if answer.status != 409]
    assert {answer.status for answer in answered} == {202}
    assert len({answer.body for answer in answered}) == 1
    for api in ("serve", "serve-2"):
        replay = post(api=api)
        assert (replay.status, replay.body) == (202, answered[0].body)
    shown(house, phone)
    assert [row["times_heard"] for row in house.pushes(phone)] == [1]


@pytest.mark.timeout(400)
def test_both_dispatchers_work_and_no_push_is_sent_twice(house: RunningHouse) -> None:
    phones = [a_phone() for _ in range(MANY)]
    house.scenario(phones=dict.fromkeys(phones, "approve"))
    before = house.ledger(limit=1)["totals"]["heard"].get("push", 0)
    ids = at_once([partial(house.started, f"both-{p}", p) for p in phones], width=10)
    for payment_id in ids:
        house.until_status(payment_id, "succeeded", within=LONG)
    rows = [row for phone in phones for row in house.pushes(phone)]
    assert [row["times_heard"] for row in rows] == [1] * MANY
    assert house.ledger(limit=1)["totals"]["heard"]["push"] == before + MANY
    with house.inside() as inside:
        holders = {
            inside.store.payments.get(id_).attempts[0].worker.partition("-")[0] for id_ in ids
        }
        workers = {inside.store.payments.get(id_).attempts[0].worker for id_ in ids}
    assert holders == {"worker"}
    assert len(workers) == 2, "one of them took everything"


@pytest.mark.timeout(400)
def test_a_rolling_restart_loses_and_doubles_nothing(house: RunningHouse) -> None:
    phones = [a_phone() for _ in range(MANY)]
    house.scenario(phones=dict.fromkeys(phones, "wait"))
    ids = at_once([partial(house.started, f"rolling-{p}", p) for p in phones], width=10)
    until(lambda: all(house.pushes(phone) for phone in phones), "every push is out", LONG)
    for name in EVERYBODY[1:]:
        house.stop(name, within=40)
        house.start(name)
    for phone in phones:
        (row,) = house.pushes(phone)
        assert row["times_heard"] == 1
        if row["state"] == "waiting":
            house.tap(row["id"], "approve")
    again = house.started("rolling-after")
    house.until_status(again, "succeeded", within=LONG)
    for payment_id in ids:
        ended = house.until_status(payment_id, "succeeded", "unknown", within=LONG)
        # On a slow machine a claim may grow too old to leave, and is made again.
        assert [a["status"] for a in ended["attempts"]].count("not_sent") == len(
            ended["attempts"]
        ) - 1
    for phone in phones:
        assert [row["times_heard"] for row in house.pushes(phone)] == [1]
