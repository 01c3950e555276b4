"""Where the money is, and how it comes back: unknown, refunded, late, and decided by a person."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from domain.rules import WIB
from tests.integration.house import FAST, PATIENCE, RunningHouse, a_house, a_phone, at_once, until

IGNORED, SILENT, DROPPED, DELAYED = (f"0812000000{number:02}" for number in (3, 4, 5, 12))
DUPLICATE = "081200001040"
SETTLED = ("succeeded", "requires_retry", "failed", "canceled", "expired")
TRIES = 5
VERDICT = {"actor": "rina", "reason": "seen in the portal", "evidence": "OVO portal, page 3"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house at a fiftieth of the wallet's clocks, with rules of its own for resending."""
    folder = tmp_path_factory.mktemp("money")
    with a_house(
        folder, FAST, most_attempts="3", resend_after="2s", ovo_void_until="23:59:59"
    ) as house:
        house.start()
        house.scenario(wallet_limit="1.4s", late_after="4.5s", silence_bound="12s")
        yield house


@pytest.fixture(autouse=True)
def _not_at_midnight() -> None:
    """A void is of its own day in Jakarta: wait for the next one rather than fail between two."""
    now = datetime.now(WIB)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (tomorrow - now).total_seconds()
    if left < 45:
        time.sleep(left + 1)


def kinds(house: RunningHouse, payment_id: str) -> list[str]:
    """The names of the payment's events, oldest first."""
    events = house.call("GET", f"/v1/events?payment_id={payment_id}&limit=100").json["data"]
    return [event["type"] for event in reversed(events)]


def refund(house: RunningHouse, payment_id: str, **wish: object) -> Any:
    """Ask for it."""
    return house.call("POST", f"/v1/payments/{payment_id}/refunds", {"reason": "unhappy", **wish})


def until_open(payment: Any) -> None:
    """Wait until another push may be asked for."""
    opens = datetime.fromisoformat(payment["resend_at"])
    time.sleep(max(0.0, (opens - datetime.now(opens.tzinfo)).total_seconds()) + 0.05)


def the_exception(house: RunningHouse, payment_id: str, within: float = PATIENCE) -> Any:
    """The payment's open exception, as soon as there is one."""

    def look() -> Any:
        listed = house.call("GET", "/v1/exceptions?limit=100").json["data"]
        return [each for each in listed if each["payment_id"] == payment_id]

    [found] = until(look, f"an exception of {payment_id}", within)
    return found


@pytest.mark.parametrize("phone", [IGNORED, SILENT])
def test_silence_is_asked_about_taken_back_and_may_be_sent_again(
    house: RunningHouse, phone: str
) -> None:
    with house.hooked() as chat:
        payment_id = house.started(f"silence-{phone[-1]}", phone)
        house.until_status(payment_id, "unknown")
        payment = house.until_status(payment_id, *SETTLED)
        heard = chat.until_heard(payment_id, "payment.requires_retry")["data"]["payment"]
    assert payment["status"] == "requires_retry"
    [attempt] = payment["attempts"]
    assert attempt["reversals"] >= 1
    assert attempt["proof"] in {"reversed", "taken_back", "not_found"}
    for told in (payment, heard):  # the wire to the endpoints goes by the same settings
        assert (told["attempts_left"], told["attempts_limit"]) == (2, 3)
        asked = datetime.fromisoformat(told["attempts"][0]["asked_at"])
        assert datetime.fromisoformat(told["resend_at"]) == asked + timedelta(seconds=2)
    row = house.pushes(phone)[-1]
    assert (row["times_heard"], row["money_moved"]) == (1, False)
    assert row["reversals"] == attempt["reversals"]

    dossier = house.call("GET", f"/v1/payments/{payment_id}/dossier").json
    whats = [line["what"] for line in dossier["timeline"]]
    for before, after in (("claimed", "doubt"), ("doubt", "reversal_decided"),
                          ("reversal_decided", "not_charged")):  # fmt: skip
        assert whats.index(before) < whats.index(after), whats
    assert phone not in str(dossier)

    until_open(payment)
    again = house.call("POST", f"/v1/payments/{payment_id}/push", {"phone": "081200000001"})
    assert again.status == 202, again.body
    assert house.until_status(payment_id, "succeeded")["attempts_left"] == 1


def test_no_push_before_the_time_that_the_payment_tells(house: RunningHouse) -> None:
    payment_id = house.started("cooldown", "081200000002")
    payment = house.until_status(payment_id, "requires_retry")
    early = house.call("POST", f"/v1/payments/{payment_id}/push")
    assert (early.status, early.json["code"]) == (409, "cooldown")
    until_open(payment)
    assert house.call("POST", f"/v1/payments/{payment_id}/push").status == 202


def test_the_last_attempt_ends_the_payment(house: RunningHouse) -> None:
    payment_id = house.started("limit", "081200000002")
    for left in (2, 1):
        payment = house.until_status(payment_id, "requires_retry")
        assert payment["attempts_left"] == left
        until_open(payment)
        assert house.call("POST", f"/v1/payments/{payment_id}/push").status == 202
    payment = house.until_status(payment_id, "failed")
    assert (payment["attempts_left"], payment["resend_at"]) == (0, None)


def test_an_approval_whose_answer_was_lost_is_found_by_a_check(house: RunningHouse) -> None:
    with house.hooked("payment.succeeded") as chat:
        payment_id = house.started("lost-answer", DROPPED)
        payment = house.until_status(payment_id, *SETTLED)
        chat.until_heard(payment_id, "payment.succeeded")
    assert payment["status"] == "succeeded"
    assert (payment["attempts"][0]["proof"], payment["attempts"][0]["reversals"]) == (None, 0)
    assert kinds(house, payment_id).count("payment.succeeded") == 1
    assert "payment.unknown" in kinds(house, payment_id)


def test_a_whole_refund_on_the_day_is_the_wallets_and_once(house: RunningHouse) -> None:
    phone = a_phone()
    with house.hooked() as chat:
        payment_id = house.started("void", phone)
        house.tap(house.shown_push(phone)["id"], "approve")
        house.until_status(payment_id, "succeeded")
        answers = at_once([partial(refund, house, payment_id)] * 8)
        made = [answer for answer in answers if answer.status == 202]
        assert len(made) == 1
        others = {answer.json["code"] for answer in answers if answer.status != 202}
        assert others <= {"refund_exceeds_paid", "illegal_transition", "concurrent_change"}
        payment = house.until_status(payment_id, "refunded")
        chat.until_whole(payment_id, payment["sequence"])
        told = [event for event in chat.of(payment_id) if "refund" in event["data"]]
    assert payment["amount_refunded"] == 50_000
    [refund_id] = payment["refunds"]
    ended = house.call("GET", f"/v1/refunds/{refund_id}").json
    assert (ended["kind"], ended["status"]) == ("void", "succeeded")
    assert ended["actor"].startswith("cli_")
    assert {event["data"]["refund"]["id"] for event in told} == {refund_id}
    assert [event["type"] for event in told][-2:] == ["refund.succeeded", "payment.refunded"]
    [row] = house.pushes(phone)
    assert (row["state"], row["voids"], row["money_kept"]) == ("voided", 1, False)
    again = house.pay("void")
    assert again.status == 202  # what went back whole may be paid anew


def test_a_void_that_is_not_answered_is_asked_about(house: RunningHouse) -> None:
    payment_id = house.started("void-silence")
    house.until_status(payment_id, "succeeded")
    house.scenario(outage={"kind": "close", "heard": True, "of": ["void"]})
    try:
        assert refund(house, payment_id).json["kind"] == "void"
        until(lambda: "refund.unknown" in kinds(house, payment_id), "refund.unknown")
        house.until_status(payment_id, "refunded")
    finally:
        house.scenario(outage=None)
    assert kinds(house, payment_id)[-2:] == ["refund.succeeded", "payment.refunded"]


def test_a_part_goes_back_by_hand_and_an_operator_closes_it(house: RunningHouse) -> None:
    payment_id = house.started("manual")
    house.until_status(payment_id, "succeeded")
    made = refund(house, payment_id, amount=20_000, actor="sari")
    assert (made.status, made.json["kind"], made.json["actor"]) == (202, "manual", "sari")
    too_much = refund(house, payment_id, amount=30_001)
    assert (too_much.status, too_much.json["refundable"]) == (422, 30_000)
    path = f"/v1/refunds/{made.json['id']}/close"
    answers = at_once([partial(house.call, "POST", path, VERDICT)] * 6)
    assert {answer.status for answer in answers} <= {200, 409}
    assert house.payment(payment_id)["status"] == "partially_refunded"
    assert kinds(house, payment_id).count("refund.succeeded") == 1
    assert house.payment(payment_id)["amount_refunded"] == 20_000


def test_a_late_success_is_listed_and_given_back(house: RunningHouse) -> None:
    """The push was on its way for so long that the wallet knew of none when it was asked."""
    payment_id = house.started("late", DELAYED)
    payment = house.until_status(payment_id, *SETTLED)
    assert (payment["status"], payment["attempts"][0]["proof"]) == ("requires_retry", "not_found")
    found = the_exception(house, payment_id)
    assert (found["kind"], found["amount"], found["status"]) == ("late_success", 50_000, "open")
    assert found["actions"] == ["void", "returned"]  # a reversal was decided: it is not honoured
    payment = house.payment(payment_id)
    assert (payment["resend_at"], payment["next_action"]) == (None, None)
    assert kinds(house, payment_id)[-1] == "payment.late_success"
    pushed = house.call("POST", f"/v1/payments/{payment_id}/push")
    assert (pushed.status, pushed.json["code"]) == (409, "illegal_transition")

    path = f"/v1/exceptions/{found['id']}/resolve"
    refused = house.call("POST", path, VERDICT | {"action": "honour"})
    assert (refused.status, refused.json["code"]) == (409, "illegal_transition")
    decided = house.call("POST", path, VERDICT | {"action": "void"})
    assert (decided.status, decided.json["status"]) == (202, "open")

    def closed() -> Any:
        told = house.call("GET", f"/v1/exceptions/{found['id']}").json
        return told if told["status"] == "closed" else None

    assert until(closed, "the void")["closed"]["action"] == "void"
    assert house.pushes(DELAYED)[-1]["money_kept"] is False
    payment = house.payment(payment_id)
    assert (payment["status"], payment["amount_refunded"]) == ("requires_retry", 0)
    assert payment["resend_at"] is not None
    assert "payment.succeeded" not in kinds(house, payment_id)


def test_a_person_decides_where_the_wallet_contradicts_itself(house: RunningHouse) -> None:
    payment_id = house.started("by-hand", DUPLICATE)
    house.until_status(payment_id, "unknown")
    path, said = f"/v1/payments/{payment_id}/resolve", VERDICT | {"outcome": "not_paid"}
    early = house.call("POST", path, said)
    assert (early.status, early.json["code"]) == (409, "payment_unknown")
    found = the_exception(house, payment_id)
    assert (found["kind"], found["suggested_action"]) == ("duplicate_reference", "paid")
    until(lambda: house.call("POST", path, said).status == 200, "the horizon")
    payment = house.payment(payment_id)
    assert (payment["status"], payment["attempts"][0]["proof"]) == ("requires_retry", "operator")
    closed = house.call("GET", f"/v1/exceptions/{found['id']}").json["closed"]
    assert (closed["actor"], closed["action"]) == ("rina", "not_paid")
    assert house.pushes(DUPLICATE)[-1]["reversals"] == 0


def test_a_wish_to_cancel_is_granted_once_nothing_moved(house: RunningHouse) -> None:
    payment_id = house.started("wish", IGNORED)
    house.until_status(payment_id, "unknown")
    wished = house.call("POST", f"/v1/payments/{payment_id}/cancel", {"actor": "rina"})
    assert (wished.status, wished.json["status"]) == (202, "unknown")
    assert house.until_status(payment_id, *SETTLED)["status"] == "canceled"
    history = house.call("GET", f"/v1/payments/{payment_id}/dossier").json["history"]
    assert [e["actor"] for e in history if e["action"] == "cancel_requested"] == ["rina"]


def killed_before_it_took_anything_back(house: RunningHouse, order: str, phone: str) -> str:
    """The unknown payment of a worker that was killed in time: a slow machine may need more tries.

    What it has decided to take back can be a success no more.
    """
    for number in range(TRIES):
        house.ensure("worker")
        house.scenario(outage={"kind": "close", "of": ["check_push", "reversal"]})
        try:
            payment_id = house.started(f"killed-{order}-{number}", phone)
            house.until_status(payment_id, "unknown")
            house.kill("worker")
        finally:
            house.scenario(outage=None)
        if not house.payment(payment_id)["attempts"][0]["reversals"]:
            return payment_id
    raise AssertionError(f"a reversal was decided before the worker could be killed, {TRIES} times")


@pytest.mark.parametrize(
    ("phone", "ends"), [(SILENT, "requires_retry"), (DROPPED, "succeeded")], ids=["silent", "lost"]
)
def test_the_worker_is_killed_while_a_payment_is_unknown(
    house: RunningHouse, phone: str, ends: str
) -> None:
    payment_id = killed_before_it_took_anything_back(house, ends, phone)
    heard = house.pushes(phone)
    assert house.payment(payment_id)["status"] == "unknown"
    assert house.call("POST", f"/v1/payments/{payment_id}/check").status == 202
    refused = refund(house, payment_id)
    assert (refused.status, refused.json["code"]) == (409, "payment_unknown")
    assert int(refused.headers["retry-after"]) > 0
    house.start("worker")
    payment = house.until_status(payment_id, *SETTLED)
    assert payment["status"] == ends
    assert payment["attempts"][0]["reversals"] <= 3
    rows = house.pushes(phone)
    assert len(rows) == len(heard)
    assert {row["times_heard"] for row in rows} == {1}
    assert rows[-1]["money_kept"] is (ends == "succeeded")
    assert kinds(house, payment_id).count(f"payment.{ends}") == 1
