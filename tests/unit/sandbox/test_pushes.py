"""The life of a push on the pure machine: each ending, each delivery, each accident."""

from collections import defaultdict
from random import Random

import pytest

from sandbox.outbox import Outbox
from sandbox.push import State
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.timers import Timers
from tests.unit.cases import for_each
from tests.unit.sandbox.builders import CHECK, INQUIRY, SOMEBODY, Bench, a_message


def test_a_push_waits_until_the_customer_approves() -> None:
    bench = Bench()
    call = bench.send(a_message())
    bench.pass_time(54.9)
    assert bench.held(call)
    assert bench.code(a_message(CHECK)) == "68"
    bench.tap(bench.push.id, Tap.APPROVE)
    assert bench.status(call) == 200
    assert bench.answer(call)["responseCode"] == "00"
    assert bench.push.money_kept


def test_an_approval_has_the_documented_shape_and_types() -> None:
    bench = Bench(behaviour="approve")
    answer = bench.ask(a_message(number=123, phone="081200000401"))
    receipt = answer.pop("transactionResponseData")
    assert answer == {
        "type": "0210",
        "processingCode": "040000",
        "amount": 50000,
        "date": "2026-11-23 10:15:30.123",
        "traceNumber": 2,
        "hostTime": "101530",
        "hostDate": "1123",
        "referenceNumber": 123,
        "approvalCode": "000001",
        "responseCode": "00",
        "tid": "00300001",
        "mid": "0010000000LN001",
        "transactionRequestData": {
            "merchantInvoice": "TMC-000123",
            "batchNo": "000004",
            "phone": "081200000401",
        },
    }
    assert receipt == {
        "storeAddress1": "Jl. Contoh 1",
        "storeAddress2": "Jakarta",
        "ovoid": "********0401",
        "cashUsed": "40000",
        "ovoPointsUsed": "10000",
        "ovoPointsEarned": "0",
        "cashBalance": "250000",
        "ovoPointsBalance": "0",
        "fullName": "PELANGGAN UJI 0401",
        "storeName": "Klinik Lunas",
        "storeCode": "LUNAS01",
        "paymentType": "PUSH TO PAY",
    }


@for_each("phone", ["081298765430", "081298765431"])
@for_each("amount", [1, 9_999, 10_000, 75_500])
def test_cash_and_points_sum_to_the_amount(phone: str, amount: int) -> None:
    receipt = Bench(behaviour="approve").ask(a_message(amount=amount, phone=phone))[
        "transactionResponseData"
    ]
    assert int(receipt["cashUsed"]) + int(receipt["ovoPointsUsed"]) == amount


def test_a_declined_push_is_17_without_receipt_and_stays_17() -> None:
    bench = Bench()
    call = bench.send(a_message())
    bench.tap(bench.push.id, Tap.DECLINE)
    assert bench.status(call) == 400
    assert bench.answer(call)["responseCode"] == "17"
    assert "transactionResponseData" not in bench.answer(call)
    assert bench.code(a_message(CHECK)) == "17"


def test_a_push_that_nobody_answers_is_an_empty_404_at_the_end_of_the_window() -> None:
    bench = Bench()
    call = bench.send(a_message())
    bench.pass_time(120)
    assert (bench.status(call), bench.body(call)) == (404, b"")
    assert bench.seconds_until_answer(call) == 55
    assert bench.push.state is State.ENDED
    assert bench.code(a_message(CHECK)) == "25"


def test_an_ignored_push_ends_at_once_with_an_empty_404() -> None:
    bench = Bench()
    call = bench.send(a_message())
    bench.tap(bench.push.id, Tap.IGNORE)
    assert (bench.status(call), bench.body(call)) == (404, b"")


def test_a_push_that_ended_takes_no_tap() -> None:
    bench = Bench()
    bench.send(a_message())
    bench.pass_time(55)
    with pytest.raises(EndedPushError):
        bench.tap(bench.push.id, Tap.APPROVE)
    with pytest.raises(UnknownPushError):
        bench.tap("push-999999", Tap.APPROVE)
    assert not bench.push.money_moved


def test_a_caller_that_leaves_takes_nothing_away_from_the_customer() -> None:
    bench = Bench()
    call = bench.send(a_message())
    bench.pass_time(10)
    bench.wallet.leave(call, bench.now)
    bench.tap(bench.push.id, Tap.APPROVE)
    assert bench.held(call)
    assert bench.push.money_kept
    assert bench.push.caller_left_at is not None
    again = bench.ask(a_message(CHECK))
    assert (again["type"], again["responseCode"]) == ("0110", "00")


def test_a_status_check_repeats_the_receipt_of_the_push() -> None:
    bench = Bench(behaviour="approve")
    paid = bench.ask(a_message())
    checked = bench.ask(a_message(CHECK))
    for name in ("transactionResponseData", "approvalCode", "referenceNumber", "amount"):
        assert checked[name] == paid[name]


def test_auto_approve_taps_after_its_time_for_plain_phones_only() -> None:
    bench = Bench(auto_approve="2s")
    plain = bench.send(a_message(number=1))
    ignored = bench.send(a_message(number=2, phone="081200000003"))
    bench.pass_time(60)
    assert bench.seconds_until_answer(plain) == 2
    assert bench.status(ignored) == 404


def test_a_customer_slower_than_the_window_is_too_late() -> None:
    bench = Bench(behaviour="approve", answer_after="56s")
    call = bench.send(a_message())
    bench.pass_time(60)
    assert bench.status(call) == 404
    assert not bench.push.money_moved


def test_answer_after_is_drawn_between_its_bounds() -> None:
    bench = Bench(behaviour="approve", answer_after={"min": "1s", "max": "3s"})
    calls = [bench.send(a_message(number=n)) for n in range(1, 51)]
    bench.pass_time(5)
    times = [bench.seconds_until_answer(call) for call in calls]
    assert 1 <= min(times) < 1.5
    assert 2.5 < max(times) <= 3


def test_silence_never_answers_and_is_cut_at_the_bound() -> None:
    bench = Bench(behaviour="silence")
    call = bench.send(a_message())
    bench.pass_time(119)
    assert bench.held(call)
    bench.pass_time(1)
    assert bench.is_cut(call)
    assert not bench.push.money_moved


def test_drop_moves_the_money_and_cuts_the_call() -> None:
    bench = Bench(behaviour="drop")
    call = bench.send(a_message())
    assert bench.is_cut(call)
    assert bench.push.money_kept
    assert bench.code(a_message(CHECK)) == "00"


def test_late_moves_the_money_at_once_and_answers_after_72_seconds() -> None:
    bench = Bench(behaviour="late")
    call = bench.send(a_message())
    assert bench.push.money_kept
    bench.pass_time(80)
    assert bench.seconds_until_answer(call) == 72
    assert bench.answer(call)["responseCode"] == "00"


def test_a_late_answer_never_leaves_before_the_money_moved() -> None:
    bench = Bench()
    call = bench.send(a_message())
    bench.change(window="1s", wallet_limit="2s", late_after="3s", silence_bound="4s")
    bench.pass_time(50)
    bench.tap(bench.push.id, Tap.LATE)
    bench.pass_time(1)
    assert bench.answer(call)["responseCode"] == "00"
    assert bench.push.answered_at == bench.push.paid_at


def test_late68_answers_68_at_the_limit_and_the_third_check_finds_it_paid() -> None:
    bench = Bench(behaviour="late68")
    call = bench.send(a_message())
    bench.pass_time(65)
    assert bench.push.state is State.WAITING
    bench.pass_time(15)
    assert bench.seconds_until_answer(call) == 70
    assert bench.answer(call)["responseCode"] == "68"
    assert [bench.code(a_message(CHECK)) for _ in range(4)] == ["68", "68", "00", "00"]


def test_late68_unpaid_answers_68_at_the_limit_and_is_never_paid() -> None:
    bench = Bench(behaviour="late68_unpaid")
    call = bench.send(a_message())
    bench.pass_time(80)
    assert bench.seconds_until_answer(call) == 70
    assert bench.answer(call)["responseCode"] == "68"
    assert bench.code(a_message(CHECK)) == "25"


def test_last_moment_approves_just_before_the_window_ends() -> None:
    bench = Bench(behaviour="last_moment")
    call = bench.send(a_message())
    bench.pass_time(55)
    assert bench.seconds_until_answer(call) == pytest.approx(54.45)
    assert bench.answer(call)["responseCode"] == "00"


def test_a_program_can_drop_or_delay_the_answer_of_a_waiting_push() -> None:
    bench = Bench()
    dropped, late = bench.send(a_message(number=1)), bench.send(a_message(number=2))
    second, first = bench.wallet.book.latest(2)
    bench.tap(first.id, Tap.DROP)
    bench.tap(second.id, Tap.LATE)
    bench.pass_time(80)
    assert bench.is_cut(dropped)
    assert bench.seconds_until_answer(late) == 72
    assert first.money_kept
    assert second.money_kept


def test_an_early_68_leaves_the_push_in_the_app() -> None:
    bench = Bench(behaviour="68", auto_approve="1s")
    assert bench.code(a_message()) == "68"
    bench.pass_time(30)
    assert bench.code(a_message(CHECK)) == "68"
    bench.tap(bench.push.id, Tap.APPROVE)
    assert bench.code(a_message(CHECK)) == "00"


def test_latency_delays_every_answer() -> None:
    bench = Bench(latency="1s", behaviour="approve")
    call = bench.send(a_message())
    assert bench.push.money_kept
    bench.pass_time(2)
    assert bench.seconds_until_answer(call) == 1


def test_the_drop_rate_loses_answers_but_not_what_they_say() -> None:
    bench = Bench(drop_rate=0.5, behaviour="approve")
    calls = [bench.send(a_message(number=n)) for n in range(1, 201)]
    lost = sum(bench.is_cut(call) for call in calls)
    assert 60 < lost < 140
    assert all(push.money_kept for push in bench.wallet.book)
    assert bench.wallet.counts["dropped", "answer"] == lost
    assert sum(push.answer == "cut" for push in bench.wallet.book) == lost


def test_a_push_delivered_twice_lives_on_while_its_caller_hears_94() -> None:
    bench = Bench(duplicate_rate=1)
    assert bench.code(a_message()) == "94"
    assert bench.push.times_heard == 2
    bench.tap(bench.push.id, Tap.APPROVE)
    assert bench.code(a_message(CHECK)) == "00"


def test_a_silent_wallet_hears_everything_and_answers_nothing() -> None:
    bench = Bench(silence=True, behaviour="approve")
    calls = [bench.send(a_message()), bench.send(a_message(CHECK)), bench.send(a_message(INQUIRY))]
    assert all(bench.held(call) for call in calls)
    assert bench.push.money_kept
    bench.pass_time(120)
    assert all(bench.is_cut(call) for call in calls)


def test_a_phone_of_the_scenario_outranks_magic_and_magic_outranks_the_default() -> None:
    bench = Bench(behaviour="decline", phones={"081200000001": "61", SOMEBODY: "approve"})
    assert bench.code(a_message(number=1, phone="081200000001")) == "61"
    assert bench.code(a_message(number=2, amount=10_202)) == "00"
    assert bench.code(a_message(number=3, phone="081211112222", amount=10_201)) == "00"
    assert bench.code(a_message(number=4, phone="081211112222")) == "17"


def test_a_magic_phone_that_the_scenario_names_takes_its_customers_time() -> None:
    bench = Bench(phones={"081200000002": "approve"}, answer_after="4s")
    named = bench.send(a_message(number=1, phone="081200000002"))
    magic = bench.send(a_message(number=2, phone="081200000001"))
    bench.pass_time(5)
    assert [bench.seconds_until_answer(call) for call in (named, magic)] == [4, 0]


def test_trace_numbers_stay_six_digits_and_go_round() -> None:
    outbox = Outbox(timers=Timers(), random=Random(1), counts=defaultdict(int))
    assert outbox.number() == 1
    outbox._numbers = 999_998
    assert [outbox.number() for _ in range(2)] == [999_999, 1]


def test_magic_amounts_can_be_switched_off() -> None:
    bench = Bench(behaviour="approve", magic_amounts=False)
    assert bench.code(a_message(amount=10_017)) == "00"


def test_an_inquiry_knows_every_phone_but_those_of_14_and_tells_no_name() -> None:
    bench = Bench(phones={"081211112222": "14"})
    answer = bench.ask(a_message(INQUIRY))
    assert answer["responseCode"] == "00"
    assert answer["transactionRequestData"] == {"phone": SOMEBODY}
    assert not {"amount", "referenceNumber", "transactionResponseData"} & set(answer)
    for phone in ("081200001014", "08249134000", "081211112222"):
        assert bench.code(a_message(INQUIRY, phone=phone)) == "14"


def test_the_push_that_ended_longest_ago_is_forgotten_when_the_book_is_full() -> None:
    bench = Bench(remembered=3)
    waiting = bench.send(a_message(number=1))
    for n in range(2, 6):
        assert bench.code(a_message(number=n, phone="081200000001")) == "00"
    assert len(bench.wallet.book) == 3
    assert bench.held(waiting)
    assert bench.code(a_message(CHECK, number=1)) == "68"
    assert bench.code(a_message(CHECK, number=2, phone="081200000001")) == "25"
    assert bench.code(a_message(CHECK, number=5, phone="081200000001")) == "00"


def test_a_book_full_of_waiting_pushes_takes_no_more() -> None:
    bench = Bench(remembered=2)
    bench.send(a_message(number=1))
    bench.send(a_message(number=2))
    assert bench.code(a_message(number=3)) == "ER"


def test_equal_inputs_give_equal_outputs() -> None:
    def run() -> dict[int, object]:
        bench = Bench(
            behaviour="approve",
            drop_rate=0.3,
            duplicate_rate=0.3,
            answer_after={"min": "0s", "max": "60s"},
        )
        for number in range(1, 40):
            bench.send(a_message(number=number))
            bench.pass_time(1)
        return {**bench.left}

    assert run() == run()
