"""The main job over real processes: a chat charges a wallet and hears of it, once."""

from dataclasses import replace

from standardwebhooks import Webhook

from domain.payment import Change
from domain.rules import Rules
from tests.integration.house import Answer, RunningHouse, a_phone, until


def push(house: RunningHouse, payment_id: str, phone: str | None = None) -> Answer:
    body = {"phone": phone} if phone else None
    return house.call("POST", f"/v1/payments/{payment_id}/push", body)


def cancel(house: RunningHouse, payment_id: str) -> Answer:
    return house.call("POST", f"/v1/payments/{payment_id}/cancel")


def test_a_chat_charges_a_wallet_and_hears_of_it_by_a_signed_webhook(house: RunningHouse) -> None:
    phone = a_phone()
    with house.hooked() as chat:
        started = house.pay("consult-1", phone)
        assert started.status == 202
        payment_id = started.json["id"]
        assert started.headers["location"] == f"/v1/payments/{payment_id}"

        shown = house.shown_push(phone)
        asked = house.until_status(payment_id, "awaiting_customer")
        assert asked["next_action"]["type"] == "approve_in_ovo_app"
        (attempt,) = asked["attempts"]
        assert (shown["amount"], shown["invoice"], shown["reference_number"]) == (
            50_000,
            attempt["references"]["merchant_invoice"],
            attempt["references"]["reference_no"],
        )

        assert house.tap(shown["id"], "approve").status == 200
        paid = house.until_status(payment_id, "succeeded")
        told = chat.until_heard(payment_id, "payment.succeeded")
        assert told["data"]["payment"]["paid_at"] == paid["paid_at"] is not None
        chat.until_whole(payment_id, 3)
        assert [(e["type"], e["data"]["sequence"]) for e in chat.of(payment_id)] == [
            ("payment.created", 1),
            ("payment.awaiting_customer", 2),
            ("payment.succeeded", 3),
        ]
        for headers, body in chat.heard:
            signed = Webhook(chat.endpoint["secret"]).verify(body, dict(headers))
            assert signed["data"]["id"] == headers["webhook-id"]
        (heard,) = house.pushes(phone)
        assert heard["times_heard"] == 1
        assert heard["money_kept"] is True


def test_every_repeat_of_every_step_is_harmless(house: RunningHouse) -> None:
    phone = a_phone()
    body = f'{{"order_id": "consult-2", "amount": 50000, "phone": "{phone}"}}'.encode()

    def start() -> Answer:
        return house.call("POST", "/v1/payments", body, Idempotency_Key="consult-2")

    with house.hooked() as chat:
        first = start()
        again = start()
        assert (first.status, again.status) == (202, 202)
        assert again.body == first.body
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]

        payment_id = first.json["id"]
        shown = house.shown_push(phone)
        assert start().body == first.body
        assert house.tap(shown["id"], "approve").status == 200
        assert house.tap(shown["id"], "approve").status == 409
        house.until_status(payment_id, "succeeded")
        assert start().body == first.body

        event = chat.until_heard(payment_id, "payment.succeeded")["data"]["id"]
        redelivered = house.call("POST", f"/v1/events/{event}/redeliver")
        assert redelivered.status == 202
        until(lambda: len(chat.posts(event)) == 2, "the event again")
        assert len({post for _, post in chat.posts(event)}) == 1

        other = house.pay("consult-2", phone)
        assert (other.status, other.json["code"]) == (409, "order_already_paid")
        assert other.json["payment_id"] == payment_id
        assert cancel(house, payment_id).json["code"] == "illegal_transition"
        assert push(house, payment_id).json["code"] == "illegal_transition"
        assert [row["times_heard"] for row in house.pushes(phone)] == [1]
        listed = house.call("GET", f"/v1/events?payment_id={payment_id}").json["data"]
        assert [one["data"]["sequence"] for one in listed] == [3, 2, 1]


def let_the_cooldown_pass(house: RunningHouse, payment_id: str) -> None:
    """Have the last push lie further back: its fifteen seconds are too long for a test."""
    with house.inside() as inside:
        payment = inside.store.payments.get(payment_id)
        (attempt,) = payment.attempts
        earlier = replace(attempt.claimed, at=attempt.claimed.at - Rules().resend_after)
        aged = replace(
            payment,
            attempts=(replace(attempt, claimed=earlier),),
            version=payment.version + 1,
        )
        inside.store.payments.save(Change(aged, ()))


def test_a_declined_customer_pays_with_another_number_and_is_charged_once(
    house: RunningHouse,
) -> None:
    phone, other = a_phone(), a_phone()
    with house.hooked() as chat:
        payment_id = house.started("consult-3", phone)
        house.tap(house.shown_push(phone)["id"], "decline")
        refused = house.until_status(payment_id, "requires_retry")
        assert refused["reason"]["code"] == "declined_by_customer"
        assert refused["reason"]["provider_code"] == "17"
        assert refused["next_action"]["type"] == "retry"

        soon = push(house, payment_id, other)
        assert (soon.status, soon.json["code"]) == (409, "cooldown")
        assert 1 <= int(soon.headers["retry-after"]) <= 15
        let_the_cooldown_pass(house, payment_id)
        assert push(house, payment_id, other).status == 202
        house.tap(house.shown_push(other)["id"], "approve")
        paid = house.until_status(payment_id, "succeeded")
        chat.until_heard(payment_id, "payment.succeeded")

        first, second = paid["attempts"]
        assert (first["status"], second["status"]) == ("declined", "approved")
        assert first["references"]["merchant_invoice"] != second["references"]["merchant_invoice"]
        assert first["references"]["reference_no"] != second["references"]["reference_no"]
        chat.until_whole(payment_id, 5)
        types = [event["type"] for event in chat.of(payment_id)]
        assert types.count("payment.succeeded") == 1
        assert [row["money_kept"] for row in house.pushes(phone) + house.pushes(other)] == [
            False,
            True,
        ]


def test_a_payment_without_a_phone_waits_until_the_customer_gives_it(house: RunningHouse) -> None:
    payment_id = house.started("consult-4", None)
    waiting = house.payment(payment_id)
    assert (waiting["status"], waiting["attempts"]) == ("pending", [])
    assert waiting["next_action"]["type"] == "collect_phone"
    nobody = push(house, payment_id)
    assert (nobody.status, nobody.json["code"]) == (409, "illegal_transition")

    phone = a_phone()
    spelled = f"+62 {phone[1:4]}-{phone[4:8]}-{phone[8:]}"
    assert push(house, payment_id, spelled).status == 202
    house.tap(house.shown_push(phone)["id"], "approve")
    assert house.until_status(payment_id, "succeeded")["phone"] == f"08••••••{phone[-4:]}"


def test_a_canceled_payment_is_never_pushed_and_frees_its_order(house: RunningHouse) -> None:
    payment_id = house.started("consult-5", None)
    answer = cancel(house, payment_id)
    assert (answer.status, answer.json["status"]) == (200, "canceled")
    assert cancel(house, payment_id).status == 200
    assert push(house, payment_id, "081200000001").json["code"] == "illegal_transition"

    house.until_status(house.started("consult-5"), "succeeded")
    assert house.payment(payment_id)["attempts"] == []


def test_a_wish_to_cancel_is_granted_once_the_customer_declined(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("consult-6", phone)
    shown = house.shown_push(phone)
    house.until_status(payment_id, "awaiting_customer")
    wished = cancel(house, payment_id)
    assert (wished.status, wished.json["status"]) == (202, "awaiting_customer")
    assert wished.json["cancel_requested_at"] is not None
    assert house.ledger(phone=phone)["pushes"][0]["reversals"] == 0

    house.tap(shown["id"], "decline")
    assert house.until_status(payment_id, "canceled")["attempts"][0]["status"] == "declined"
    assert house.pay("consult-6", a_phone()).status == 202


def test_an_approval_wins_over_a_wish_to_cancel(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("consult-7", phone)
    shown = house.shown_push(phone)
    house.until_status(payment_id, "awaiting_customer")
    assert cancel(house, payment_id).status == 202
    house.tap(shown["id"], "approve")
    assert house.until_status(payment_id, "succeeded")["cancel_requested_at"] is not None
    assert cancel(house, payment_id).json["code"] == "illegal_transition"


def test_an_order_has_one_live_payment_whichever_client_of_the_merchant_asks(
    house: RunningHouse,
) -> None:
    payment_id = house.started("consult-8", None)
    with house.inside() as inside:
        _, key = inside.core.open_house().client(house.merchant, "another", livemode=False)
    answer = house.call(
        "POST",
        "/v1/payments",
        {"order_id": "consult-8", "amount": 50_000},
        Authorization=f"Bearer {key}",
    )
    assert (answer.status, answer.json["code"]) == (409, "order_in_progress")
    assert answer.json["payment_id"] == payment_id
