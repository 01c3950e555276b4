"""Reversal, void and their questions at the gateway: when they may leave, and what they say."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import httpx

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.ovo.signature import signature
from adapters.outbound.wire import Guard
from application.ports import Charge
from domain.moment import AttemptClocks
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from tests.unit.cases import for_each
from tests.unit.ovo.builders import (
    APP_KEY,
    NOON_UTC,
    FakeWire,
    a_charge,
    an_account,
    an_answer_to,
)
from tests.unit.ovo.test_gateway import NOT_OURS, TEST_URL, UnsentWire, a_gateway, failing

Call = Callable[[OvoGateway, Charge], Awaitable[Outcome]]
PUSH = (Operation.PUSH, OvoGateway.push)
CHECK = (Operation.CHECK, OvoGateway.check)
REVERSE = (Operation.REVERSAL, OvoGateway.reverse)
VOID = (Operation.VOID, OvoGateway.void)
CHECK_VOID = (Operation.CHECK_VOID, OvoGateway.check_void)
acts = for_each(("operation", "call"), [REVERSE, VOID])
questions = for_each(("operation", "call"), [CHECK, CHECK_VOID])
follow_ups = for_each(("operation", "call"), [CHECK, REVERSE, VOID, CHECK_VOID])


def answering(operation: Operation, code: str = "00") -> FakeWire:
    return FakeWire(lambda _: httpx.Response(200, json=an_answer_to(operation, code)))


def told(call: Call, wire: FakeWire, charge: Charge | None = None) -> Outcome:
    async def main() -> Outcome:
        return await call(a_gateway(wire), charge or a_charge())

    return asyncio.run(main())


@follow_ups
def test_each_is_one_signed_post_and_hears_its_own_answer(operation: Operation, call: Call) -> None:
    wire = answering(operation)
    assert isinstance(told(call, wire), Approved)
    (request,) = wire.asked
    assert (request.method, str(request.url)) == ("POST", TEST_URL)
    assert request.headers["hmac"] == signature(
        app_id="telemedsim", app_key=APP_KEY, random=request.headers["random"]
    )
    assert isinstance(told(call, answering(operation, "17")), Declined)
    assert told(call, answering(operation, "73")) == Unknown(Doubt.REVERSED, "73")


@follow_ups
def test_date_random_and_hmac_are_new_each_time_and_the_rest_is_not(
    operation: Operation, call: Call
) -> None:
    moments = iter(NOON_UTC + timedelta(seconds=n) for n in range(3))
    wire = answering(operation)

    def clock() -> datetime:
        return next(moments)

    async def three_times() -> None:
        gateway = OvoGateway(
            wire=wire, clock=clock, clocks=AttemptClocks(), test_url=TEST_URL, live_url=None
        )
        for _ in range(3):
            await call(gateway, a_charge())

    asyncio.run(three_times())
    bodies = [json.loads(request.content) for request in wire.asked]
    assert len({body.pop("date") for body in bodies}) == 3
    assert bodies[0] == bodies[1] == bodies[2]
    for header in ("random", "hmac"):
        assert len({request.headers[header] for request in wire.asked}) == 3


@acts
def test_an_act_may_leave_until_its_deadline_and_then_has_fifteen_seconds(
    operation: Operation, call: Call
) -> None:
    wire = answering(operation)
    told(call, wire, a_charge(leave_by=timedelta(hours=2)))
    (guard,) = wire.guards
    assert (guard.leave_by, guard.end_by) == (timedelta(hours=2), timedelta(hours=2, seconds=15))
    assert wire.asked[0].extensions["timeout"] == {"connect": 5, "read": 15}


@questions
def test_a_question_has_fifteen_seconds_however_old_the_push_is(
    operation: Operation, call: Call
) -> None:
    wire = answering(operation)
    assert isinstance(told(call, wire, a_charge(leave_by=timedelta(seconds=1))), Approved)
    (guard,) = wire.guards
    assert guard.leave_by == guard.end_by == timedelta(hours=1, seconds=15)


@acts
@for_each("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=1)])
def test_at_its_deadline_an_act_stays_here(
    operation: Operation, call: Call, late: timedelta
) -> None:
    wire = answering(operation)
    charge = a_charge(leave_by=timedelta(hours=1) - late)
    assert told(call, wire, charge) == NotSent("too late to be sent")
    assert wire.asked == []


@acts
@for_each(("problem", "doubt"), NOT_OURS)
def test_once_sent_a_failed_act_is_unknown_whatever_it_is_called(
    operation: Operation, call: Call, problem: Exception, doubt: Doubt
) -> None:
    assert told(call, failing(problem)) == Unknown(doubt)


@acts
@for_each("problem", [problem for problem, _ in NOT_OURS])
def test_unsent_a_failed_act_is_not_sent_whatever_it_is_called(
    operation: Operation, call: Call, problem: Exception
) -> None:
    assert isinstance(told(call, UnsentWire(failing(problem).answer)), NotSent)


@questions
@for_each("problem", [problem for problem, _ in NOT_OURS])
def test_a_question_is_never_not_sent(operation: Operation, call: Call, problem: Exception) -> None:
    assert told(call, UnsentWire(failing(problem).answer)) == Unknown(Doubt.SILENCE)


@acts
def test_after_shut_no_act_leaves(operation: Operation, call: Call) -> None:
    wire = answering(operation)
    wire.shut()
    assert isinstance(told(call, wire), NotSent)
    assert wire.asked == []


@follow_ups
def test_credentials_that_cannot_be_send_nothing(operation: Operation, call: Call) -> None:
    wire = answering(operation)
    answer = told(call, wire, a_charge(account=an_account(app_key="two words")))
    if operation in {Operation.REVERSAL, Operation.VOID}:
        assert isinstance(answer, NotSent)
        assert answer.why.startswith("app_key: ")
    else:
        assert answer == Unknown(Doubt.SILENCE, alarm=True)
    assert wire.asked == []


def a_404_after(seconds: float) -> FakeWire:
    def ended(_: httpx.Request) -> httpx.Response:
        wire.now += timedelta(seconds=seconds)
        return httpx.Response(404)

    wire = FakeWire(ended)
    return wire


@for_each("seconds", [0.0, 49.999999, 55.0])
def test_an_empty_404_to_a_push_tells_how_long_after_its_first_byte_it_came(seconds: float) -> None:
    after = timedelta(seconds=seconds)
    assert told(OvoGateway.push, a_404_after(seconds)) == Unknown(Doubt.EMPTY_404, after=after)


@follow_ups
def test_an_empty_404_to_what_follows_tells_no_such_thing(operation: Operation, call: Call) -> None:
    assert told(call, a_404_after(55)) == Unknown(Doubt.EMPTY_404)


def test_no_other_answer_to_a_push_tells_it_either() -> None:
    assert told(OvoGateway.push, answering(Operation.PUSH, "68")) == Unknown(Doubt.PENDING, "68")


def test_the_first_byte_is_marked_once_at_its_own_time() -> None:
    guard = Guard(timedelta(seconds=9), timedelta(seconds=9))
    assert guard.sent_at is None
    guard.pass_at(timedelta(seconds=3))
    guard.pass_at(timedelta(seconds=5))
    assert guard.sent_at == timedelta(seconds=3)
