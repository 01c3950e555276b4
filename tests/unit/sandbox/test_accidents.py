"""Accidents between caller and wallet: late pushes, early reversals, outages, lagging checks."""

from typing import Any

import pytest

from sandbox import intake
from sandbox.push import State
from sandbox.taps import Tap
from tests.unit.sandbox.builders import (
    CHECK,
    CHECK_VOID,
    INQUIRY,
    REVERSAL,
    VOID,
    Bench,
    a_message,
    headers_for,
    without,
)


def test_a_push_on_its_way_is_unknown_until_it_arrives() -> None:
    bench = Bench(delivered_after="20s")
    call = bench.send(a_message())
    assert (len(bench.wallet.book), bench.wallet.under_way) == (0, 1)
    assert bench.code(a_message(CHECK)) == "25"
    bench.pass_time(20)
    assert bench.wallet.under_way == 0
    assert (bench.push.heard_at - bench.push.sent_at).total_seconds() == 20
    bench.pass_time(54)
    bench.tap(bench.push.id, Tap.APPROVE)
    assert bench.answer(call)["responseCode"] == "00"


def test_a_reversal_that_is_not_remembered_does_not_stop_a_later_push() -> None:
    bench = Bench(delivered_after="20s", behaviour="approve")
    call = bench.send(a_message())
    bench.pass_time(10)
    bench.leave(call)
    assert bench.code(a_message(REVERSAL)) == "25"
    bench.pass_time(10)
    assert bench.push.money_kept
    assert bench.code(a_message(CHECK)) == "00"
    assert bench.held(call)  # nobody is there to hear of it


def test_a_reversal_can_be_answered_00_and_forgotten_all_the_same() -> None:
    bench = Bench(delivered_after="20s", behaviour="approve", reversal_of_unknown="00")
    bench.send(a_message())
    assert bench.code(a_message(REVERSAL)) == "00"
    assert bench.code(a_message(CHECK)) == "25"
    bench.pass_time(20)
    assert bench.push.money_kept


@pytest.mark.parametrize("with_phone", [True, False])
def test_a_remembered_reversal_ends_its_push_as_it_arrives(with_phone: bool) -> None:
    bench = Bench(delivered_after="20s", behaviour="approve", remembers_early_reversals=True)
    call = bench.send(a_message())
    reversal = a_message(REVERSAL) if with_phone else without(a_message(REVERSAL), "phone")
    assert [bench.code(reversal) for _ in range(2)] == ["00", "00"]
    assert bench.code(a_message(CHECK)) == "73"
    bench.pass_time(20)
    assert (bench.status(call), bench.body(call)) == (404, b"")
    assert (bench.push.state, bench.push.money_moved) == (State.REVERSED, False)
    assert bench.code(a_message(CHECK)) == "73"
    assert bench.code(a_message(REVERSAL)) == "00"


@pytest.mark.parametrize("other", [{"amount": 1}, {"number": 2}, {"merchantInvoice": "X"}])
def test_a_remembered_reversal_stops_no_other_push(other: dict[str, Any]) -> None:
    bench = Bench(behaviour="approve", remembers_early_reversals=True)
    assert bench.code(a_message(REVERSAL)) == "00"
    assert bench.code(a_message(**other)) == "00"
    assert bench.push.money_kept


def test_the_oldest_remembered_reversal_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "EARLY_REVERSALS", 2)
    bench = Bench(behaviour="approve", remembers_early_reversals=True)
    for number in (1, 2, 3):
        bench.send(a_message(REVERSAL, number=number))
    pushes = [bench.send(a_message(number=number)) for number in (1, 2, 3)]
    assert [bench.status(call) for call in pushes] == [200, 404, 404]


def test_a_push_later_than_the_silence_bound_finds_its_caller_cut() -> None:
    bench = Bench(delivered_after="130s", behaviour="approve")
    call = bench.send(a_message())
    bench.pass_time(130)
    assert bench.is_cut(call)
    assert bench.seconds_until_answer(call) == 120
    assert bench.push.money_kept


def test_a_held_push_that_came_late_is_cut_at_the_bound_of_its_call() -> None:
    bench = Bench(delivered_after="100s")
    call = bench.send(a_message())
    bench.pass_time(130)
    assert bench.is_cut(call)
    assert bench.seconds_until_answer(call) == 120
    assert bench.push.answer == "cut"
    bench.tap(bench.push.id, Tap.APPROVE)
    assert bench.push.money_kept


def test_the_second_of_two_copies_on_their_way_is_a_duplicate() -> None:
    bench = Bench(delivered_after="20s", behaviour="approve")
    calls = [bench.send(a_message()) for _ in range(2)]
    bench.pass_time(20)
    assert [bench.answer(call)["responseCode"] for call in calls] == ["00", "94"]


def test_the_reset_forgets_what_is_on_its_way_and_what_was_reversed_early() -> None:
    bench = Bench(delivered_after="20s", remembers_early_reversals=True, behaviour="approve")
    bench.send(a_message())
    bench.send(a_message(REVERSAL))
    bench.change(outage={"kind": "503", "for": "5s"}, delivered_after=0)
    bench.wallet.reset(bench.wallet.scenario)
    assert (bench.wallet.under_way, bench.wallet.next_due()) == (0, None)
    bench.change(outage=None)
    assert bench.code(a_message()) == "00"


@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("502", 502), ("503", 503)])
def test_an_outage_with_a_page_lets_nothing_through(kind: str, status: int) -> None:
    bench = Bench(outage=kind, behaviour="approve")
    call = bench.send(a_message())
    assert bench.status(call) == status
    assert b"<html>" in bench.body(call)
    assert len(bench.wallet.book) == 0
    assert bench.wallet.counts["outage", kind] == 1
    assert bench.wallet.counts["heard", "push"] == 0
    bench.change(outage=None)
    assert bench.code(a_message()) == "00"


def test_an_outage_can_close_or_hang_every_call() -> None:
    bench = Bench(outage="close")
    assert bench.is_cut(bench.send(a_message()))
    assert bench.is_cut(bench.send_raw(b"{", headers_for()))
    bench.change(outage="hang")
    hanging = bench.send(a_message(INQUIRY))
    assert bench.held(hanging)
    bench.pass_time(120)
    assert bench.is_cut(hanging)
    assert bench.wallet.counts["heard", "push"] == 0


@pytest.mark.parametrize("kind", ["close", "502", "hang"])
def test_a_wallet_may_hear_what_its_gateway_cannot_answer(kind: str) -> None:
    bench = Bench(outage={"kind": kind, "heard": True}, behaviour="approve")
    bench.send(a_message())
    bench.send(a_message(REVERSAL))
    bench.send(a_message(CHECK))
    bench.send(a_message(amount="x"))
    assert (bench.push.money_moved, bench.push.money_kept) == (True, False)
    assert bench.wallet.counts["refused", "BR"] == 1
    bench.change(outage=None)
    assert bench.code(a_message(CHECK)) == "73"


def test_an_outage_may_strike_some_operations_only() -> None:
    bench = Bench(outage={"kind": "503", "of": ["check_push", "reversal"]}, behaviour="approve")
    assert bench.code(a_message()) == "00"
    assert bench.status(bench.send(a_message(CHECK))) == 503
    assert bench.status(bench.send(a_message(REVERSAL))) == 503
    assert bench.code(a_message(amount="x")) == "BR"
    assert bench.code(a_message(VOID)) == "00"
    assert bench.code(a_message(CHECK_VOID)) == "00"


def test_an_outage_ends_by_itself_unless_another_was_set_meanwhile() -> None:
    bench = Bench(behaviour="approve")
    bench.change(outage={"kind": "503", "for": "30s"})
    bench.change(latency="1s")  # changes nothing about the outage
    bench.pass_time(29)
    bench.change(latency=0)
    assert bench.status(bench.send(a_message())) == 503
    bench.pass_time(1)
    assert bench.wallet.scenario.outage is None
    assert bench.code(a_message()) == "00"
    bench.change(outage={"kind": "503", "for": "10s"})
    bench.change(outage={"kind": "502", "for": "20s"})
    bench.pass_time(10)
    assert bench.wallet.scenario.outage is not None
    bench.pass_time(10)
    assert bench.wallet.scenario.outage is None


def test_an_outage_that_a_scenario_starts_with_ends_by_itself() -> None:
    bench = Bench(outage={"kind": "503", "for": "5s"})
    bench.wallet.reset(bench.wallet.scenario, bench.now)
    assert bench.status(bench.send(a_message(INQUIRY))) == 503
    bench.pass_time(5)
    assert bench.code(a_message(INQUIRY)) == "00"


@pytest.mark.parametrize("code", ["68", "26"])
def test_a_push_that_nobody_answers_may_end_with_a_code(code: str) -> None:
    bench = Bench(ended_answer=code)
    call = bench.send(a_message())
    bench.pass_time(55)
    assert bench.answer(call)["responseCode"] == code
    assert bench.push.state is State.ENDED


def test_a_push_that_nobody_answers_may_end_in_silence() -> None:
    bench = Bench(ended_answer="silence")
    call = bench.send(a_message())
    bench.pass_time(130)
    assert bench.is_cut(call)
    assert bench.seconds_until_answer(call) == 120
    assert bench.push.ended_at == bench.push.window_ends_at


def test_an_empty_404_may_hide_a_payment() -> None:
    bench = Bench(behaviour="paid_404")
    call = bench.send(a_message())
    bench.pass_time(54)
    assert bench.code(a_message(CHECK)) == "68"
    bench.pass_time(1)
    assert (bench.status(call), bench.body(call)) == (404, b"")
    assert bench.push.money_kept
    assert bench.code(a_message(CHECK)) == "00"


def test_a_check_may_lag_behind_the_ledger() -> None:
    bench = Bench(behaviour="approve", answer_after="5s", status_lag="20s")
    bench.send(a_message())
    seen = []
    for seconds in (6, 14, 5, 5):
        bench.pass_time(seconds)  # at 6, 20, 25 and 30 seconds
        seen.append(bench.code(a_message(CHECK)))
        if len(seen) == 3:
            bench.send(a_message(REVERSAL))
    bench.pass_time(15)
    seen.append(bench.code(a_message(CHECK)))
    assert seen == ["25", "68", "00", "00", "73"]


def test_a_lagging_check_shows_each_earlier_state() -> None:
    for behaviour, code in (("decline", "17"), ("ignore", "25"), ("wait", "68")):
        bench = Bench(behaviour=behaviour, status_lag="3s")
        bench.send(a_message())
        bench.pass_time(50 if behaviour == "wait" else 60)
        bench.send(a_message(REVERSAL))
        assert bench.code(a_message(CHECK)) == code
        bench.pass_time(3)
        assert bench.code(a_message(CHECK)) == "73"


def test_a_check_of_a_void_lags_too() -> None:
    bench = Bench(behaviour="approve", status_lag="3s")
    bench.send(a_message())
    bench.send(a_message(VOID))
    assert bench.code(a_message(CHECK_VOID)) == "25"
    bench.pass_time(3)
    assert bench.code(a_message(CHECK_VOID)) == "00"
