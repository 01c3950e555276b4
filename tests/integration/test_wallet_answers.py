"""Every way in which a push may end, told by a wallet that really sends it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest

from bootstrap.house import OVO
from domain.ids import IdKind
from domain.merchant import OVO_PUSH
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.payment import Payment
from tests.integration.house import FAST, RunningHouse, a_house, a_phone, until

RETRY, FAILED, UNKNOWN = "requires_retry", "failed", "unknown"
SUCCEEDED = "succeeded"
ENDS = {
    "13": (FAILED, "below_minimum"),
    "14": (RETRY, "phone_not_registered"),
    "17": (RETRY, "declined_by_customer"),
    "26": (RETRY, "push_not_shown"),
    "30": (FAILED, "provider_rejected"),
    "51": (RETRY, "insufficient_balance"),
    "56": (FAILED, "account_blocked"),
    "61": (RETRY, "limit_exceeded"),
    "64": (FAILED, "account_blocked"),
    "65": (RETRY, "limit_exceeded"),
    "67": (FAILED, "below_minimum"),
    "96": (FAILED, "provider_rejected"),
    "BR": (FAILED, "provider_rejected"),
}
"""The refusals that prove that no money moved, and their reasons."""
DOUBTFUL = ("8", "11", "16", "18", "25", "44", "54", "57", "66", "68", "73", "94", "99", "ER")
"""Codes that prove nothing as the answer to a push; what they leave is asked about."""
ACCIDENTS = {
    "ignore": ("081200000003", RETRY),
    "silence": ("081200000004", RETRY),
    "drop": ("081200000005", SUCCEEDED),
    "late": ("081200000006", SUCCEEDED),
    "late68": ("081200000007", SUCCEEDED),
    "late68_unpaid": ("081200000008", RETRY),
    "missing_checks": ("081200000010", SUCCEEDED),
    "delayed": ("081200000012", SUCCEEDED),
    "paid_404": ("081200000013", SUCCEEDED),
    "gateway_error": ("081200000014", SUCCEEDED),
    "other_amount": ("081200000015", RETRY),
}
"""Behaviours after which nobody can say whether money moved, and what is found out."""


class Begun(NamedTuple):
    """The house, and one payment for each way to end."""

    house: RunningHouse
    payments: Mapping[str, str]


def phone_of(code: str) -> str:
    """The magic phone that is answered with this code."""
    numbers = {"BR": "081200001101", "EB": "081200001102", "ER": "081200001103"}
    return numbers.get(code) or f"081200001{int(code):03}"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    """Every payment at once: together they take as long as the slowest."""
    with a_house(tmp_path_factory.mktemp("answers"), FAST) as house:
        house.start()
        house.scenario(wallet_limit="1.4s", late_after="4.5s", silence_bound="6s")
        phones = {code: phone_of(code) for code in (*ENDS, *DOUBTFUL, "40")}
        phones |= {name: phone for name, (phone, _) in ACCIDENTS.items()}
        phones["last_moment"] = "081200000009"
        yield Begun(house, {name: house.started(name, phone) for name, phone in phones.items()})


@pytest.mark.parametrize("code", ENDS)
def test_a_refusal_ends_the_payment_as_promised(begun: Begun, code: str) -> None:
    status, reason = ENDS[code]
    payment = begun.house.until_status(begun.payments[code], RETRY, FAILED, UNKNOWN)
    assert payment["status"] == status
    assert payment["reason"]["code"] == reason
    assert payment["reason"]["provider_code"] == code
    assert payment["reason"]["retryable"] is (status == RETRY)
    (attempt,) = payment["attempts"]
    assert (attempt["status"], attempt["response_code"]) == ("declined", code)
    assert (payment["next_action"] or {}).get("type") == ("retry" if status == RETRY else None)


def told(house: RunningHouse, payment_id: str) -> list[str]:
    """The names of the payment's events, oldest first."""
    events = house.call("GET", f"/v1/events?payment_id={payment_id}&limit=100").json["data"]
    return [event["type"] for event in reversed(events)]


@pytest.mark.parametrize("code", DOUBTFUL)
def test_a_code_that_proves_nothing_is_asked_about_until_no_money_is_proved(
    begun: Begun, code: str
) -> None:
    payment = begun.house.until_status(begun.payments[code], RETRY, FAILED, SUCCEEDED)
    assert payment["status"] == RETRY
    assert payment["reason"]["code"] == "timed_out"
    assert payment["attempts"][0]["status"] in {"reversed", "not_charged"}
    assert told(begun.house, payment["id"])[2:] == ["payment.unknown", "payment.requires_retry"]
    (row,) = begun.house.pushes(phone_of(code))
    assert (row["times_heard"], row["money_moved"]) == (1, False)


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_silence_of_any_kind_ends_in_what_the_wallet_s_ledger_says(
    begun: Begun, accident: str
) -> None:
    phone, ends_as = ACCIDENTS[accident]
    payment = begun.house.until_status(
        begun.payments[accident], RETRY, FAILED, SUCCEEDED, within=30
    )
    assert payment["status"] == ends_as
    row = begun.house.pushes(phone)[0]
    assert row["times_heard"] == 1
    assert (row["state"] == "paid") is (ends_as == SUCCEEDED)
    assert told(begun.house, payment["id"])[2:4] == ["payment.unknown", f"payment.{ends_as}"]


def test_after_40_nothing_is_reversed_by_itself_and_a_person_is_told(begun: Begun) -> None:
    payment_id = begun.payments["40"]

    def kinds() -> list[str]:
        with begun.house.inside() as inside:
            records = inside.store.payments.get(payment_id).exceptions
        return [record.kind for record in records if record.open]

    until(lambda: kinds() == ["duplicate_reference"], "the exception", 30)
    assert begun.house.payment(payment_id)["status"] == UNKNOWN
    assert begun.house.pushes(phone_of("40"))[0]["reversals"] == 0


def test_an_approval_at_the_last_moment_is_a_success(begun: Begun) -> None:
    payment = begun.house.until_status(begun.payments["last_moment"], "succeeded", UNKNOWN)
    assert payment["status"] == "succeeded"


def test_an_unknown_payment_refuses_every_step_and_holds_its_order(begun: Begun) -> None:
    house, payment_id = begun.house, begun.payments["40"]
    house.until_status(payment_id, UNKNOWN)
    pushed = house.call("POST", f"/v1/payments/{payment_id}/push", {"phone": a_phone()})
    assert (pushed.status, pushed.json["code"]) == (409, "payment_unknown")
    assert int(pushed.headers["retry-after"]) > 0
    again = house.pay("40")
    assert (again.status, again.json["code"]) == (409, "order_in_progress")
    wished = house.call("POST", f"/v1/payments/{payment_id}/cancel")
    assert (wished.status, wished.json["status"]) == (202, UNKNOWN)


def test_unknown_is_found_out_past_the_payment_s_life_and_a_restart(begun: Begun) -> None:
    house, phone = begun.house, "081200000006"
    heard = len(house.pushes(phone))
    with house.inside() as inside:  # its life ends as soon as one push fits in it
        clocks, now = inside.provider.clocks, inside.clock().at
        life = timedelta(hours=1)
        change = Payment.start(
            id=inside.core.new_id()(IdKind.PAYMENT),
            merchant_id=house.merchant,
            livemode=False,
            order=Order("dropped", Money(50_000), OVO_PUSH, OVO, life, Msisdn.parse(phone)),
            at=now - life + clocks.horizon + timedelta(seconds=1.5),
            event_id=inside.core.new_id()(IdKind.EVENT),
        )
        inside.store.payments.save(change)
    house.until_status(change.payment.id, "awaiting_customer")
    until(lambda: len(house.pushes(phone)) > heard, "the wallet to hear")  # it is claimed first
    house.kill("worker")
    time.sleep(3)  # its answer comes to nobody
    house.start("worker")
    house.until_status(change.payment.id, SUCCEEDED)
    assert told(house, change.payment.id)[-2:] == ["payment.unknown", "payment.succeeded"]


# -- an account that the wallet refuses -----------------------------------------------------------


def probe_in(house: RunningHouse, merchant: str, wait: timedelta) -> None:
    """Bring the next probe forward: its minute is too long for a test."""
    with house.inside() as inside:
        account = inside.store.accounts.get(merchant, OVO, livemode=False)
        assert account.stopped is not None
        sooner = replace(account.stopped, probe_at=inside.clock().at + wait)
        inside.store.accounts.save(replace(account, stopped=sooner))


def stopped(house: RunningHouse, merchant: str) -> bool:
    with house.inside() as inside:
        account = inside.store.accounts.get(merchant, OVO, livemode=False)
        return account.stopped is not None


def assert_stopped(mine: RunningHouse, payment_id: str, code: str) -> Any:
    failed = mine.until_status(payment_id, FAILED)
    assert failed["reason"]["code"] == "provider_misconfigured"
    assert failed["reason"]["provider_code"] == code
    assert failed["reason"]["who_can_fix"] == "operator"
    refused = mine.pay("the-next")
    assert (refused.status, refused.json["code"]) == (503, "provider_misconfigured")
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize("code", ["58", "63", "EB"])
def test_a_refused_account_stops_alone_and_goes_on_after_a_probe(begun: Begun, code: str) -> None:
    mine = begun.house.another_merchant(f"Klinik {code}")
    waiting = mine.started("waiting", None)
    assert_stopped(mine, mine.started("refused", phone_of(code)), code)

    probe_in(mine, mine.merchant, timedelta(seconds=2))
    phone = "081200000001"
    asked = mine.call("POST", f"/v1/payments/{waiting}/push", {"phone": phone})
    assert asked.status == 202
    begun.house.until_status(begun.house.started(f"beside-{code}"), "succeeded")
    assert mine.payment(waiting)["status"] == "pending"
    assert mine.payment(waiting)["attempts"] == []

    until(lambda: not stopped(mine, mine.merchant), "the probe")
    mine.until_status(waiting, "succeeded")
    mine.until_status(mine.started("the-next"), "succeeded")


def test_an_account_that_is_not_allowed_stops_until_an_operator_mends_it(begun: Begun) -> None:
    mine = begun.house.another_merchant("Klinik 58, for good")
    begun.house.scenario(answers={"check_push": "58"})
    try:
        assert_stopped(mine, mine.started("refused", phone_of("58")), "58")
        probe_in(mine, mine.merchant, timedelta(0))
        row = begun.house.pushes(phone_of("58"))[-1]
        told = partial(begun.house.ledger, invoice=row["invoice"])
        until(lambda: told()["pushes"][0]["status_checks"], "a probe")
        assert mine.pay("the-next").json["code"] == "provider_misconfigured"
    finally:
        begun.house.scenario(answers={})
    with begun.house.inside() as inside:
        held = inside.store.accounts.get(mine.merchant, OVO, livemode=False).credentials
        inside.core.open_house().account(mine.merchant, OVO, livemode=False, credentials=held)
    mine.until_status(mine.started("the-next"), "succeeded")


def test_a_wrong_key_stops_the_account_until_an_operator_mends_it(begun: Begun) -> None:
    with begun.house.inside() as inside:
        right = inside.store.accounts.get(begun.house.merchant, OVO, livemode=False).credentials
    mine = begun.house.another_merchant("Klinik Salah", account={**right, "app_key": "a" * 64})
    heard = begun.house.ledger()["totals"]["refused"]
    assert_stopped(mine, mine.started("refused", "081200000001"), "63")

    probe_in(mine, mine.merchant, timedelta(0))
    refused = sum(heard.values()) + 2  # the push, then the probe
    until(lambda: sum(begun.house.ledger()["totals"]["refused"].values()) == refused, "a probe", 20)
    assert mine.pay("the-next").json["code"] == "provider_misconfigured"

    with begun.house.inside() as inside:
        inside.core.open_house().account(mine.merchant, OVO, livemode=False, credentials=right)
    mine.until_status(mine.started("the-next"), "succeeded")
