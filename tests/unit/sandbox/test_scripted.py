"""Any code to any operation: what the script says, how often, and what the wallet does for it."""

from sandbox.messages import Operation
from sandbox.push import State
from sandbox.taps import Tap
from tests.unit.cases import for_each
from tests.unit.sandbox.builders import (
    CHECK,
    CHECK_VOID,
    INQUIRY,
    PUSH,
    REVERSAL,
    VOID,
    Bench,
    a_message,
    headers_for,
)

PAID = "081200000001"
OPERATIONS = {
    "push": PUSH,
    "reversal": REVERSAL,
    "void": VOID,
    "check_push": CHECK,
    "check_void": CHECK_VOID,
    "inquiry": INQUIRY,
}
FOLLOW_UPS = ("reversal", "void", "check_push", "check_void")
each_operation = for_each("name", OPERATIONS)
each_follow_up = for_each("name", FOLLOW_UPS)


def test_every_operation_can_be_scripted() -> None:
    assert {operation.value for operation in Operation} == set(OPERATIONS.values())


@each_operation
@for_each("code", ["00", "17", "68", "94", "BR", "99", "Z9"])
def test_an_operation_gets_its_code_in_its_own_shape(name: str, code: str) -> None:
    bench = Bench(answers={name: code})
    message = a_message(OPERATIONS[name])
    answer = bench.ask(message)
    assert answer["responseCode"] == code
    assert answer["processingCode"] == message["processingCode"]
    assert answer["type"] == {"0200": "0210", "0400": "0410", "0100": "0110"}[message["type"]]
    assert bench.status(1) == (200 if code == "00" else 400)


@each_operation
def test_an_operation_can_get_the_empty_404_or_the_page_of_a_gateway(name: str) -> None:
    bench = Bench(answers={name: "404"})
    call = bench.send(a_message(OPERATIONS[name]))
    assert (bench.status(call), bench.body(call)) == (404, b"")
    bench = Bench(answers={name: "502"})
    call = bench.send(a_message(OPERATIONS[name]))
    assert bench.status(call) == 502
    assert b"Bad Gateway" in bench.body(call)


@each_follow_up
def test_only_the_operation_that_is_named_is_scripted(name: str) -> None:
    bench = Bench(answers={name: "ER"})
    assert bench.code(a_message(phone=PAID)) == "00"
    truth = {"check_push": "00", "check_void": "25", "void": "00", "reversal": "73"}
    said = {other: bench.code(a_message(OPERATIONS[other], phone=PAID)) for other in truth}
    if name == "void":
        truth["reversal"] = "00"  # the payment is there yet
    assert said == truth | {name: "ER"}


@each_operation
def test_after_so_many_times_the_truth_is_told_again(name: str) -> None:
    bench = Bench(answers={name: {"code": "Z9", "times": 2}})
    told = [
        bench.code(a_message(OPERATIONS[name], number=n, phone="081200000002")) for n in (1, 2, 3)
    ]
    truth = {"push": "17", "inquiry": "00"}.get(name, "25")
    assert told == ["Z9", "Z9", truth]
    assert bench.wallet.scenario.answers == {}


def test_what_is_left_is_shown_and_other_operations_keep_theirs() -> None:
    bench = Bench(answers={"void": {"code": "40", "times": 3}, "check_void": "54"})
    bench.send(a_message(VOID))
    left = bench.wallet.scenario.answers
    assert (left["void"].times, left["check_void"].times) == (2, None)
    bench.change(answers={"void": "68"})
    assert set(bench.wallet.scenario.answers) == {"void"}


@for_each("operation", [REVERSAL, VOID])
def test_a_scripted_success_moves_no_money_unless_the_wallet_acts(
    operation: tuple[str, str],
) -> None:
    name = "reversal" if operation is REVERSAL else "void"
    for acts in (False, True):
        bench = Bench(answers={name: {"code": "00", "acts": acts}})
        bench.send(a_message(phone=PAID))
        assert bench.code(a_message(operation, phone=PAID)) == "00"
        assert bench.push.money_kept is not acts
        bench = Bench(answers={name: {"code": "68", "acts": acts}})
        bench.send(a_message(phone=PAID))
        assert bench.code(a_message(operation, phone=PAID)) == "68"
        assert bench.push.money_kept is not acts


def test_scripted_follow_ups_are_counted_like_others() -> None:
    bench = Bench(answers=dict.fromkeys(FOLLOW_UPS, "ER"))
    bench.send(a_message(phone=PAID))
    for name in FOLLOW_UPS:
        bench.send(a_message(OPERATIONS[name], phone=PAID))
    assert [bench.push.follow_ups[operation] for operation in Operation] == [0, 1, 1, 1, 1, 0]


def test_a_check_may_tell_of_a_payment_that_is_not_there() -> None:
    bench = Bench(answers={"check_push": "00"})
    bench.send(a_message())
    answer = bench.ask(a_message(CHECK))
    assert answer["responseCode"] == "00"
    assert "approvalCode" not in answer
    assert bench.push.state is State.WAITING


@for_each(
    ("code", "state", "check"),
    [
        ("00", State.PAID, "00"),
        ("17", State.FAILED, "17"),
        ("94", State.FAILED, "25"),
        ("68", State.WAITING, "68"),
        ("Z9", State.WAITING, "68"),
    ],
)
def test_a_push_does_what_its_code_leaves_behind(code: str, state: State, check: str) -> None:
    bench = Bench(answers={"push": code}, auto_approve="1s", answer_after="5s")
    assert bench.code(a_message()) == code
    assert bench.push.state is state
    assert bench.code(a_message(CHECK)) == check
    bench.pass_time(2)
    assert bench.push.state is state  # nobody approves for a code


@for_each("code", ["68", "Z9", "404"])
def test_a_push_that_lives_on_can_be_approved(code: str) -> None:
    bench = Bench(answers={"push": code})
    bench.send(a_message())
    bench.tap(bench.push.id, Tap.APPROVE)
    assert bench.push.money_kept
    bench = Bench(answers={"push": code})
    bench.send(a_message())
    bench.pass_time(55)
    assert bench.push.state is State.ENDED


def test_a_push_may_live_by_its_phone_while_its_caller_hears_another_thing() -> None:
    bench = Bench(answers={"push": {"code": "17", "acts": True}}, behaviour="approve")
    assert bench.code(a_message()) == "17"
    assert bench.push.money_kept
    assert bench.code(a_message(number=2, phone="081200000002")) == "17"
    assert bench.push.state is State.FAILED


def test_a_duplicate_and_a_late_push_hear_the_script_too() -> None:
    bench = Bench(behaviour="approve")
    bench.send(a_message())
    bench.change(answers={"push": {"code": "ER", "times": 1}})
    assert bench.code(a_message()) == "ER"
    assert bench.push.times_heard == 2
    bench.change(answers={"push": {"code": "26", "times": 1}}, delivered_after="2s")
    call = bench.send(a_message(number=2))
    bench.pass_time(2)
    assert bench.answer(call)["responseCode"] == "26"


def test_the_door_and_an_outage_come_before_the_script() -> None:
    bench = Bench(answers={"void": {"code": "40", "times": 1}}, outage={"kind": "close"})
    assert bench.is_cut(bench.send(a_message(VOID)))
    bench.change(outage=None)
    assert bench.code(a_message(VOID, amount="x")) == "BR"
    wrong = headers_for() | {"hmac": "0" * 64}
    assert bench.answer(bench.send_raw(b"{}", wrong))["responseCode"] == "63"
    assert [bench.code(a_message(VOID)) for _ in range(2)] == ["40", "25"]
