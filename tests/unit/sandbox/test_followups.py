"""Status checks, reversals and voids on the pure machine."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.push import State
from sandbox.taps import Tap
from tests.unit.cases import for_each
from tests.unit.sandbox.builders import (
    CHECK,
    CHECK_VOID,
    REVERSAL,
    VOID,
    Bench,
    a_message,
    without,
)

ONE_DAY_SECONDS = timedelta(days=1).total_seconds()


def test_a_check_of_a_push_never_heard_is_25() -> None:
    assert Bench().code(a_message(CHECK)) == "25"


@for_each(
    "other",
    [
        {"number": 2},
        {"amount": 50_001},
        {"merchantInvoice": "TMC-OTHER"},
        {"batchNo": "5"},
        {"phone": "081211112222"},
    ],
)
@for_each("operation", [CHECK, REVERSAL, VOID])
def test_a_follow_up_has_to_repeat_every_reference(
    operation: tuple[str, str], other: dict[str, Any]
) -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message())
    assert bench.code(a_message(operation, **other)) == "25"
    assert bench.push.money_kept


def test_a_check_after_seven_days_is_54() -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message())
    bench.pass_time(7 * ONE_DAY_SECONDS)
    assert bench.code(a_message(CHECK)) == "00"
    bench.pass_time(1)
    assert bench.code(a_message(CHECK)) == "54"


@for_each("code", ["25", "17", "26", "40", "68"])
def test_the_code_of_an_ended_push_is_a_switch(code: str) -> None:
    bench = Bench(ended_check_code=code)
    bench.send(a_message())
    bench.pass_time(55)
    assert bench.code(a_message(CHECK)) == code


def test_the_first_checks_can_miss_or_pend() -> None:
    bench = Bench(behaviour="approve", missing_checks=1, pending_checks=2)
    bench.send(a_message())
    assert [bench.code(a_message(CHECK)) for _ in range(5)] == ["25", "68", "68", "00", "00"]


def test_a_reversal_gives_paid_money_back_once_and_answers_00_each_time() -> None:
    bench = Bench(behaviour="drop")
    bench.send(a_message())
    answer = bench.ask(a_message(REVERSAL))
    assert (answer["type"], answer["responseCode"]) == ("0410", "00")
    returned_at = bench.push.returned_at
    bench.pass_time(15)
    assert bench.code(a_message(REVERSAL)) == "00"
    assert bench.push.returned_at == returned_at
    assert bench.push.money_moved
    assert not bench.push.money_kept
    assert bench.code(a_message(CHECK)) == "73"


def test_a_reversal_without_phone_is_taken() -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message())
    assert bench.code(without(a_message(REVERSAL), "phone")) == "00"


def test_a_reversal_takes_a_waiting_push_off_the_phone() -> None:
    bench = Bench()
    held = bench.send(a_message())
    assert bench.code(a_message(REVERSAL)) == "00"
    assert (bench.status(held), bench.body(held)) == (404, b"")
    assert bench.push.state is State.REVERSED
    assert not bench.push.money_moved
    bench.pass_time(60)
    assert bench.code(a_message(CHECK)) == "73"


def test_a_late_00_may_arrive_after_the_reversal() -> None:
    bench = Bench(behaviour="late")
    call = bench.send(a_message())
    bench.pass_time(71)
    assert bench.code(a_message(REVERSAL)) == "00"
    bench.pass_time(2)
    assert bench.answer(call)["responseCode"] == "00"
    assert not bench.push.money_kept
    assert bench.code(a_message(CHECK)) == "73"


@for_each("choice", ["00", "25", "404"])
@for_each("behaviour", ["ignore", "decline"])
def test_the_reversal_of_an_ended_push_is_a_switch(choice: str, behaviour: str) -> None:
    bench = Bench(reversal_of_ended=choice, behaviour=behaviour)
    bench.send(a_message())
    bench.pass_time(55)
    call = bench.send(a_message(REVERSAL))
    if choice == "404":
        assert (bench.status(call), bench.body(call)) == (404, b"")
    else:
        assert bench.answer(call)["responseCode"] == choice
    assert (bench.push.state is State.REVERSED) == (choice == "00")


@pytest.mark.parametrize("choice", ["25", "404"])
def test_the_reversal_of_an_unknown_push_is_a_switch(choice: str) -> None:
    bench = Bench(reversal_of_unknown=choice)
    call = bench.send(a_message(REVERSAL))
    assert bench.status(call) == (404 if choice == "404" else 400)


def test_a_declined_push_can_be_reversed_and_no_money_moves() -> None:
    bench = Bench(behaviour="decline")
    bench.send(a_message())
    assert bench.code(a_message(REVERSAL)) == "00"
    assert not bench.push.money_moved
    assert bench.code(a_message(CHECK)) == "73"


@pytest.mark.parametrize("code", ["94", "BR", "63"])
def test_a_push_refused_at_the_door_is_unknown_to_a_reversal(code: str) -> None:
    bench = Bench(behaviour=code)
    bench.send(a_message())
    assert bench.code(a_message(REVERSAL)) == "25"


def test_the_first_reversals_can_get_an_empty_404() -> None:
    bench = Bench(behaviour="drop", reversal_404s=2)
    bench.send(a_message())
    calls = [bench.send(a_message(REVERSAL)) for _ in range(3)]
    assert [bench.status(call) for call in calls] == [404, 404, 200]


def test_a_void_gives_back_what_was_paid_the_same_day() -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message())
    assert bench.code(a_message(CHECK_VOID)) == "25"
    answer = bench.ask(a_message(VOID))
    assert (answer["type"], answer["processingCode"]) == ("0210", "020040")
    assert answer["responseCode"] == "00"
    assert bench.push.state is State.VOIDED
    assert not bench.push.money_kept
    assert bench.code(a_message(CHECK_VOID)) == "00"
    assert bench.code(a_message(CHECK)) == "00"
    assert bench.code(a_message(REVERSAL)) == "73"


@pytest.mark.parametrize("choice", ["40", "00"])
def test_a_second_void_is_a_switch_and_moves_nothing(choice: str) -> None:
    bench = Bench(behaviour="approve", void_again_code=choice)
    bench.send(a_message())
    bench.send(a_message(VOID))
    returned_at = bench.push.returned_at
    bench.pass_time(1)
    assert bench.code(a_message(VOID)) == choice
    assert bench.push.returned_at == returned_at


@pytest.mark.parametrize("choice", ["40", "58"])
def test_a_void_after_midnight_in_jakarta_is_refused(choice: str) -> None:
    bench = Bench(behaviour="approve", void_refused_code=choice)
    bench.send(a_message())
    until_midnight = 24 * 3600 - (10 * 3600 + 15 * 60 + 30)
    bench.pass_time(until_midnight)
    assert bench.code(a_message(VOID)) == choice
    assert bench.push.money_kept


def test_a_void_one_second_before_midnight_in_jakarta_is_taken() -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message())
    bench.pass_time(24 * 3600 - (10 * 3600 + 15 * 60 + 31))
    assert bench.code(a_message(VOID)) == "00"


@pytest.mark.parametrize("behaviour", ["wait", "decline", "61"])
def test_what_is_not_paid_cannot_be_voided(behaviour: str) -> None:
    bench = Bench(behaviour=behaviour)
    bench.send(a_message())
    assert bench.code(a_message(VOID)) == "40"


def test_a_void_of_a_reversed_push_is_refused() -> None:
    bench = Bench()
    bench.send(a_message())
    bench.tap(bench.push.id, Tap.APPROVE)
    bench.send(a_message(REVERSAL))
    assert bench.code(a_message(VOID)) == "40"
