"""Many callers at the same time."""

import threading
import time
from functools import partial
from statistics import median

from tests.integration.house import (
    Answer,
    RunningHouse,
    a_phone,
    at_once,
    until,
)

CALLERS = 50
WAITERS = 100


def test_fifty_starts_of_one_order_make_one_payment_and_one_push(house: RunningHouse) -> None:
    phone = a_phone()
    answers = at_once([partial(house.pay, "one-order", phone)] * CALLERS)
    won = [answer for answer in answers if answer.status == 202]
    lost = [answer for answer in answers if answer.status != 202]
    assert len(won) == 1
    assert {(a.status, a.json["code"]) for a in lost} == {(409, "order_in_progress")}
    assert {a.json["payment_id"] for a in lost} == {won[0].json["id"]}

    shown = house.shown_push(phone)
    house.tap(shown["id"], "approve")
    house.until_status(won[0].json["id"], "succeeded")
    assert [row["times_heard"] for row in house.pushes(phone)] == [1]
    listed = house.call("GET", "/v1/payments?order_id=one-order").json["data"]
    assert [payment["id"] for payment in listed] == [won[0].json["id"]]


def test_one_key_used_fifty_times_at_once_has_one_effect(house: RunningHouse) -> None:
    phone = a_phone()
    body = {"order_id": "one-key", "amount": 50_000, "phone": phone}

    def start() -> Answer:
        return house.call("POST", "/v1/payments", body, Idempotency_Key="one-key")

    answers = at_once([start] * CALLERS)
    later = [answer for answer in answers if answer.status == 409]
    answered = [answer for answer in answers if answer.status != 409]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in later)
    assert {answer.status for answer in answered} == {202}
    assert len({answer.body for answer in answered}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answered) <= 1
    for _ in range(3):
        replay = start()
        assert (replay.status, replay.body) == (202, answered[0].body)
        assert replay.headers["idempotency-replayed"] == "true"
    house.shown_push(phone)
    assert [row["times_heard"] for row in house.pushes(phone)] == [1]


def test_every_kind_of_post_happens_once_for_its_key(house: RunningHouse) -> None:
    payment_id = house.started("kinds", None)
    paid = house.until_status(house.started("kinds-paid"), "succeeded")["id"]
    part = {"amount": 1_000, "reason": "r"}
    refund_id = house.call("POST", f"/v1/payments/{paid}/refunds", part).json["id"]
    phone = a_phone()
    hook = {"url": "http://127.0.0.1:9/nobody"}
    for number, (path, body) in enumerate(
        (
            (f"/v1/payments/{payment_id}/push", {"phone": phone}),
            (f"/v1/payments/{payment_id}/cancel", None),
            (f"/v1/payments/{payment_id}/check", None),
            (f"/v1/payments/{paid}/refunds", part),
            (f"/v1/refunds/{refund_id}/close", {"actor": "a", "reason": "r", "evidence": "e"}),
            ("/v1/webhook_endpoints", hook),
        )
    ):
        post = partial(house.call, "POST", path, body, Idempotency_Key=f"kind-{number}")
        answers = at_once([post] * 10)
        answered = [answer for answer in answers if answer.status < 300]
        assert answered, answers[0].body
        assert {answer.status for answer in answers} <= {answered[0].status, 409}
        assert len({answer.body for answer in answered}) == 1
    assert len(house.payment(paid)["refunds"]) == 2
    assert house.payment(paid)["amount_refunded"] == 1_000
    assert [row["times_heard"] for row in house.pushes(phone)] == [1]
    listed = house.call("GET", "/v1/webhook_endpoints").json["data"]
    assert [endpoint["url"] for endpoint in listed] == [hook["url"]]
    house.call("DELETE", f"/v1/webhook_endpoints/{listed[0]['id']}")


def test_a_key_with_another_meaning_is_refused_and_another_spelling_is_not(
    house: RunningHouse,
) -> None:
    meant = {"order_id": "meaning", "amount": 50_000, "phone": "081377770001"}
    post = partial(house.call, "POST", "/v1/payments")
    first = post(meant, Idempotency_Key="meaning")
    assert first.status == 202
    for other in ({"amount": 50_001}, {"phone": "081377770002"}, {"order_id": "other"}):
        refused = post(meant | other, Idempotency_Key="meaning")
        assert (refused.status, refused.json["code"]) == (422, "idempotency_key_reused")
    spelled = b'{ "phone":"+62 813 7777-0001", "currency":"IDR", "amount":50000,\n'
    spelled += b'"order_id":"meaning", "expires_in":3600}'
    for key in ("meaning", '"meaning"'):
        same = post(spelled, Idempotency_Key=key)
        assert (same.status, same.body) == (202, first.body)
        assert same.headers["idempotency-replayed"] == "true"


def creates(house: RunningHouse, name: str) -> list[float]:
    """How long each of forty creates took; every one must succeed."""
    seconds = []
    for number in range(40):
        began = time.monotonic()
        assert house.pay(f"{name}-{number}", None).status == 202
        seconds.append(time.monotonic() - began)
    return seconds


def test_a_hundred_waiting_clients_do_not_slow_a_create(house: RunningHouse) -> None:
    payment_id = house.started("waited-for", None)
    alone = creates(house, "alone")
    over = threading.Event()
    asked: list[Answer] = []

    def client() -> None:
        while not over.is_set():
            answer = house.call("GET", f"/v1/payments/{payment_id}?wait=30")
            asked.append(answer)
            over.wait(float(answer.headers.get("retry-after", 0)))

    threads = [threading.Thread(target=client, daemon=True) for _ in range(WAITERS)]
    for thread in threads:
        thread.start()
    until(lambda: len(asked) >= WAITERS // 2, "those without a place are told at once")
    beside = creates(house, "beside")
    over.set()
    house.call("POST", f"/v1/payments/{payment_id}/cancel")
    for thread in threads:
        thread.join(40)
    assert {answer.status for answer in asked} == {200}
    assert median(beside) < 10 * median(alone) + 0.05
    assert max(beside) < 5


def test_a_waiter_is_woken_by_a_change_of_any_process(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("woken", phone)
    shown = house.shown_push(phone)
    asked = house.until_status(payment_id, "awaiting_customer")
    answers: list[tuple[float, Answer]] = []

    def wait() -> None:
        began = time.monotonic()
        path = f"/v1/payments/{payment_id}?wait=30&sequence={asked['sequence']}"
        answers.append((time.monotonic() - began, house.call("GET", path)))
        answers[-1] = (time.monotonic() - began, answers[-1][1])

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(1)
    assert answers == []
    house.tap(shown["id"], "approve")
    waiter.join(40)
    ((seconds, answer),) = answers
    assert answer.json["status"] == "succeeded"
    assert seconds < 10

    began = time.monotonic()
    assert house.payment(payment_id, wait=30)["status"] == "succeeded"
    assert house.call("GET", f"/v1/payments/{payment_id}?wait=30&sequence=0").status == 200
    assert time.monotonic() - began < 10
