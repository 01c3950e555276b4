"""How an unknown attempt is found out: when the wallet is asked what, and what its words prove."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.messages import outcome
from domain import resolving
from domain.asking import Answer
from domain.attempt import AttemptStatus, Proof
from domain.events import EventType
from domain.exception_record import Action, ExceptionKind
from domain.follow_up import QuestionKind
from domain.moment import Moment
from domain.outcome import Doubt, NotSent, Outcome, Unknown
from domain.payment import Status
from domain.rules import LateSuccess, Rules
from domain.settling import NOT_SENT_DELAYS
from tests.unit.cases import for_each
from tests.unit.domain.story import DAY, HOUR, MINUTE, NOON, SECOND, TICK, Story, paid, with_clock
from tests.unit.domain.test_payment import APPROVED, DECLINED, NO, NOT_SENT, REFUSED, SILENCE
from tests.unit.ovo.builders import a_charge, an_answer_to, as_body

RULES = Rules()
HORIZON = RULES.clocks.horizon
ANSWERED = RULES.clocks.answer_within
EVERY = RULES.check_every
CHECK, REVERSAL, VOID = QuestionKind.CHECK, QuestionKind.REVERSAL, QuestionKind.VOID
NOT_FOUND = Unknown(Doubt.NOT_FOUND, "25")
REVERSED = Unknown(Doubt.REVERSED, "73")
PENDING = Unknown(Doubt.PENDING, "68")
TOO_OLD = Unknown(Doubt.TOO_OLD, "54", alarm=True)
DUPLICATE = Unknown(Doubt.DUPLICATE, "94", alarm=True)
OTHER = Unknown(Doubt.MISMATCH, "00", alarm=True)
EMPTY = Unknown(Doubt.EMPTY_404)


def empty_404(after: timedelta) -> Unknown:
    return Unknown(Doubt.EMPTY_404, after=after)


def unknown(doubt: Unknown = SILENCE, at: timedelta = 75 * SECOND, **how: Any) -> Story:
    """A push that ended at that age without an answer that can be trusted."""
    story = Story(**how)
    story.now = at
    assert story.told(doubt)
    return story


def spent(doubt: Unknown = SILENCE, **how: Any) -> Story:
    """One whose three reversals are over, with nothing proved."""
    story = unknown(doubt, **how)
    while len(story.attempt.follow_up.reversals) < RULES.most_reversals:
        story.next(SILENCE)
    return story


# -- the clocks -----------------------------------------------------------------------------------


def test_the_clocks_are_the_promised_ones() -> None:
    assert ANSWERED == 85 * SECOND
    assert HORIZON == 105 * SECOND
    assert RULES.clocks.send_within == 10 * SECOND
    assert RULES.clocks.ask_within == 15 * SECOND
    assert (EVERY, RULES.most_reversals) == (15 * SECOND, 3)
    assert RULES.slow_checks == (MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)
    assert (RULES.told_after, RULES.asked_until) == (6 * DAY, 7 * DAY)


# -- the usual case -------------------------------------------------------------------------------


def test_a_push_that_was_ignored_is_settled_in_seconds() -> None:
    story = unknown(empty_404(55 * SECOND), at=55 * SECOND)
    steps = [story.next(NOT_FOUND), story.next(APPROVED), story.next(REVERSED)]
    assert steps == [(CHECK, 55 * SECOND), (REVERSAL, 60 * SECOND), (CHECK, 75 * SECOND)]
    assert story.status is Status.REQUIRES_RETRY
    assert story.attempt.proof is Proof.REVERSED
    assert story.attempt.status is AttemptStatus.REVERSED
    assert story.kinds[-2:] == [EventType.UNKNOWN, EventType.REQUIRES_RETRY]
    assert story.open == []


def test_it_is_asked_as_soon_as_the_call_has_ended_and_then_every_15_seconds() -> None:
    story = unknown(at=20 * SECOND)
    ages = [story.next(PENDING) for _ in range(5)]
    assert ages == [(CHECK, age * SECOND) for age in (20, 35, 50, 65, 80)]
    assert story.status is Status.UNKNOWN


def test_an_approval_found_by_a_check_is_the_success() -> None:
    story = unknown(at=20 * SECOND)
    story.next(paid())
    assert story.status is Status.SUCCEEDED
    assert story.kinds.count(EventType.SUCCEEDED) == 1
    assert story.ask_age is None


# -- what was answered to the push: each code its path --------------------------------------------


def said(operation: Operation, code: str | None) -> Outcome:
    """What the adapter makes of that code; None is an empty 404."""
    body = b"" if code is None else as_body(an_answer_to(operation, code))
    return outcome(operation, a_charge(), 404 if code is None else 200, body, OvoDialect())


@for_each(
    ("code", "doubt"),
    [
        ("25", Doubt.UNHEARD_OF),
        ("40", Doubt.DUPLICATE),
        ("54", Doubt.UNHEARD_OF),
        ("68", Doubt.PENDING),
        ("73", Doubt.UNHEARD_OF),
        ("94", Doubt.DUPLICATE),
        ("ER", Doubt.WALLET_FAILURE),
        ("99", Doubt.UNHEARD_OF),
        (None, Doubt.EMPTY_404),
    ],
)
def test_such_an_answer_to_a_push_is_asked_about_at_once(code: str | None, doubt: Doubt) -> None:
    story = Story(now=timedelta(0))
    story.now = 3 * SECOND
    story.told(said(Operation.PUSH, code))
    assert story.status is Status.UNKNOWN
    assert story.attempt.doubt is doubt
    assert story.ask_age == 3 * SECOND
    assert story.open == []


def test_garbage_answered_to_a_push_is_asked_about_at_once() -> None:
    garbage = outcome(Operation.PUSH, a_charge(), 502, b"<html>", OvoDialect())
    assert garbage == Unknown(Doubt.GARBAGE)
    assert isinstance(garbage, Unknown)
    assert unknown(garbage).ask_age == 75 * SECOND


@for_each("code", ["13", "30", "56", "58", "63", "64", "67", "96", "BR", "EB"])
def test_such_a_refusal_of_a_push_is_final(code: str) -> None:
    story = Story()
    story.told(said(Operation.PUSH, code))
    assert (story.status, story.ask_age) == (Status.FAILED, None)


@for_each("code", ["14", "17", "26", "51", "61", "65"])
@for_each("operation", [Operation.PUSH, Operation.CHECK])
def test_such_a_refusal_lets_the_customer_try_again(operation: Operation, code: str) -> None:
    """Answered to the push, or to a check of it, before the horizon too; it is not watched."""
    story = Story()
    if operation is Operation.CHECK:
        story = unknown(at=20 * SECOND)
        story.next(said(operation, code))
    else:
        story.told(said(operation, code))
    assert (story.status, story.ask_age) == (Status.REQUIRES_RETRY, None)
    assert story.attempt.proof is Proof.REFUSED


# -- what a check proves, and when ----------------------------------------------------------------


@for_each(
    "code",
    ["68", "ER", "99", "13", "30", "40", "56", "58", "63", "64", "67", "94", "96", "BR", "EB"],
)
def test_such_an_answer_to_a_check_proves_nothing_ever(code: str) -> None:
    story = spent()
    story.next(said(Operation.CHECK, code))
    assert story.now > HORIZON
    assert story.status is Status.UNKNOWN
    assert story.attempt.status is AttemptStatus.REVERSING


@for_each("nothing", [EMPTY, SILENCE, Unknown(Doubt.CUT), Unknown(Doubt.GARBAGE)])
def test_no_answer_to_a_check_proves_nothing_ever(nothing: Unknown) -> None:
    story = spent()
    story.next(nothing)
    assert story.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("sent", "status"),
    [(HORIZON - TICK, Status.UNKNOWN), (HORIZON, Status.REQUIRES_RETRY)],
)
def test_not_found_counts_from_the_horizon_on_by_when_it_was_asked(
    sent: timedelta, status: Status
) -> None:
    story = unknown(DUPLICATE)  # nothing is reversed: only checks
    story.now = sent
    question = story.asked()
    assert question
    assert question.kind is CHECK
    story.now = sent + 10 * SECOND
    story.heard(question, NOT_FOUND, sent=sent)
    assert story.status is status
    if status is Status.REQUIRES_RETRY:
        assert story.attempt.proof is Proof.NOT_FOUND
        assert story.attempt.status is AttemptStatus.NOT_CHARGED


def test_a_check_is_as_old_as_the_younger_of_its_two_clocks() -> None:
    """A wall clock that jumps ahead must not make a young attempt old."""
    story = unknown(DUPLICATE)
    story.now = 2 * HORIZON
    question = story.asked()
    assert question
    asked = with_clock(story, uptime=HORIZON - TICK)
    answer = Answer(question.kind, question.number, asked, NOT_FOUND)
    change = resolving.hear(story.payment, "att_1", answer, story.known())
    assert change
    assert change.payment.status is Status.UNKNOWN
    rebooted = Moment(asked.at, "another boot", SECOND)
    answer = Answer(question.kind, question.number, rebooted, NOT_FOUND)
    change = resolving.hear(story.payment, "att_1", answer, story.known())
    assert change
    assert change.payment.status is Status.REQUIRES_RETRY


def test_taken_back_is_proved_by_a_check_at_any_time() -> None:
    story = unknown(at=10 * SECOND)
    story.next(REVERSED)
    assert (story.status, story.attempt.proof) == (Status.REQUIRES_RETRY, Proof.REVERSED)
    assert story.ask_age is None


def test_too_old_opens_an_exception_and_ends_the_questions() -> None:
    story = unknown(at=10 * SECOND)
    story.next(TOO_OLD)
    assert story.status is Status.UNKNOWN
    assert (story.open, story.ask_age) == ([ExceptionKind.TOO_OLD], None)


def test_another_amount_is_never_success_and_a_person_is_told() -> None:
    story = unknown(OTHER, at=10 * SECOND)
    assert story.open == [ExceptionKind.MISMATCH]
    story.next(OTHER)
    assert story.status is Status.UNKNOWN
    assert story.open == [ExceptionKind.MISMATCH]
    story.next(paid())
    assert (story.status, story.open) == (Status.SUCCEEDED, [])


def test_another_amount_told_by_a_check_opens_the_exception_too() -> None:
    story = unknown(at=10 * SECOND)
    story.next(OTHER)
    assert story.open == [ExceptionKind.MISMATCH]
    assert story.ask_age == 25 * SECOND


def test_another_amount_told_of_a_concluded_attempt_opens_the_exception_too() -> None:
    story = spent()
    story.next(NOT_FOUND)
    assert story.attempt.proof is Proof.NOT_FOUND
    story.next(OTHER)
    assert story.open == [ExceptionKind.MISMATCH]
    assert story.ask_age == story.now + 15 * MINUTE


def test_another_amount_told_late_by_the_push_itself_opens_the_exception_too() -> None:
    story = spent(Unknown(Doubt.WORKER_LOST))
    story.next(NOT_FOUND)
    assert story.told(OTHER)
    assert story.open == [ExceptionKind.MISMATCH]
    assert not story.told(OTHER)


# -- reversals ------------------------------------------------------------------------------------


def test_the_first_reversal_waits_for_the_answer_deadline_to_the_microsecond() -> None:
    story = unknown(at=80 * SECOND)
    assert story.next(PENDING) == (CHECK, 80 * SECOND)
    assert story.ask_age == ANSWERED
    story.now = ANSWERED - TICK
    assert story.asked() is None
    story.hasten()  # not even when somebody looks
    assert story.asked() is None
    assert story.next(SILENCE) == (REVERSAL, ANSWERED)


def test_a_check_that_is_due_just_before_the_answer_deadline_is_a_check() -> None:
    story = unknown(at=ANSWERED - EVERY - TICK)
    story.next(PENDING)
    assert story.next(PENDING) == (CHECK, ANSWERED - TICK)
    assert story.next(PENDING) == (REVERSAL, ANSWERED)


def test_nothing_is_reversed_before_a_check_has_proved_nothing() -> None:
    story = unknown(Unknown(Doubt.WORKER_LOST), at=HOUR)
    assert story.next(SILENCE) == (CHECK, HOUR)
    assert story.next(SILENCE) == (REVERSAL, HOUR)


@pytest.mark.parametrize(
    ("after", "first"),
    [(50 * SECOND, 55 * SECOND), (50 * SECOND - TICK, ANSWERED)],
)
def test_an_empty_404_is_believed_only_where_it_is_the_wallets_own(
    after: timedelta, first: timedelta
) -> None:
    """One that came early may be a middle box's: it is plain silence."""
    story = unknown(empty_404(after), at=50 * SECOND)
    kinds = []
    while (step := story.next(PENDING))[0] is CHECK:
        kinds.append(step[1])
    assert step == (REVERSAL, first)


def test_the_first_reversal_after_an_empty_404_waits_five_seconds_to_the_microsecond() -> None:
    story = unknown(empty_404(54 * SECOND), at=55 * SECOND)
    story.next(PENDING)
    story.now = 60 * SECOND - TICK
    assert story.asked() is None
    assert story.next(SILENCE) == (REVERSAL, 60 * SECOND)


def test_a_reversal_is_decided_before_it_is_sent_and_followed_by_a_check() -> None:
    story = unknown(at=ANSWERED)
    story.next(SILENCE)
    kind, _ = story.next()
    assert kind is REVERSAL
    decision = story.attempt.follow_up.reversals[0]
    assert (decision.ended_at, story.attempt.status) == (None, AttemptStatus.REVERSING)
    assert story.payment.history[-1].action == "reversal_decided"
    assert story.payment.history[-1].actor == "lunas"


def test_each_reversal_is_followed_by_a_check_15_seconds_after_it() -> None:
    story = unknown(at=ANSWERED)
    steps = [story.next(PENDING) for _ in range(7)]
    assert steps == [
        (CHECK, ANSWERED),
        (REVERSAL, ANSWERED),
        (CHECK, ANSWERED + EVERY),
        (REVERSAL, HORIZON),  # only since that check proved nothing
        (CHECK, HORIZON + EVERY),
        (REVERSAL, HORIZON + EVERY),
        (CHECK, HORIZON + 2 * EVERY),
    ]
    assert len(story.attempt.follow_up.reversals) == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (HORIZON - 2 * EVERY, HORIZON - EVERY),  # its check is at the horizon: it need not wait
        (HORIZON - 2 * EVERY + TICK, HORIZON),
    ],
)
def test_the_second_reversal_waits_for_a_horizon_that_is_near(
    first: timedelta, second: timedelta
) -> None:
    """What is sent from the horizon on proves by its own 00; nothing is won by being earlier."""
    story = unknown(empty_404(55 * SECOND), at=first - 5 * SECOND)
    assert story.next(PENDING)[0] is CHECK
    assert story.next(PENDING) == (REVERSAL, first)
    assert story.next(PENDING) == (CHECK, first + EVERY)
    assert story.next(APPROVED) == (REVERSAL, second)
    assert story.is_(Status.REQUIRES_RETRY) is (second >= HORIZON)


def test_a_push_that_never_arrived_is_settled_at_the_horizon() -> None:
    """As after a crash between the claim and the send."""
    story = unknown(Unknown(Doubt.WORKER_LOST), at=SECOND)
    while story.status is Status.UNKNOWN:
        assert story.ask_age
        story.next(NOT_FOUND if story.ask_age < HORIZON else APPROVED)
    assert story.now == HORIZON


def test_the_third_reversal_never_leaves_before_the_horizon() -> None:
    story = unknown(empty_404(55 * SECOND), at=55 * SECOND)
    steps = [story.next(PENDING) for _ in range(7)]
    assert steps == [
        (CHECK, 55 * SECOND),
        (REVERSAL, 60 * SECOND),
        (CHECK, 75 * SECOND),
        (REVERSAL, 75 * SECOND),
        (CHECK, 90 * SECOND),
        (REVERSAL, HORIZON),
        (CHECK, HORIZON + EVERY),
    ]


def test_the_third_reversal_waits_for_the_horizon_to_the_microsecond() -> None:
    story = unknown(empty_404(55 * SECOND), at=55 * SECOND - TICK)
    while len(story.attempt.follow_up.reversals) < 2:
        story.next(PENDING)
    assert story.next(PENDING) == (CHECK, HORIZON - EVERY - TICK)
    assert story.next(PENDING) == (CHECK, HORIZON - TICK)
    assert story.next(PENDING) == (REVERSAL, HORIZON)


def test_there_are_three_reversals_and_no_fourth() -> None:
    story = spent()
    kinds = {story.next(SILENCE)[0] for _ in range(9)}
    assert kinds == {CHECK}
    assert len(story.attempt.follow_up.reversals) == 3


@pytest.mark.parametrize(
    ("sent", "status"),
    [(HORIZON - TICK, Status.UNKNOWN), (HORIZON, Status.REQUIRES_RETRY)],
)
def test_its_own_00_proves_only_if_it_was_sent_after_the_horizon(
    sent: timedelta, status: Status
) -> None:
    story = unknown(at=ANSWERED)
    story.next(SILENCE)
    story.now = sent
    question = story.asked()
    assert question
    assert question.kind is REVERSAL
    story.now = sent + 12 * SECOND
    story.heard(question, APPROVED, sent=sent)
    assert story.status is status
    if status is Status.REQUIRES_RETRY:
        assert story.attempt.proof is Proof.TAKEN_BACK
        assert story.attempt.status is AttemptStatus.REVERSED
        assert story.ask_age is not None  # it is not in the wallet's own words: watched
    else:
        assert story.next(REVERSED)[0] is CHECK
        assert story.status is Status.REQUIRES_RETRY


def test_a_reversal_that_says_taken_back_proves_it_at_any_time() -> None:
    story = unknown(empty_404(55 * SECOND), at=55 * SECOND)
    story.next(SILENCE)
    assert story.next(REVERSED) == (REVERSAL, 60 * SECOND)
    assert (story.status, story.attempt.proof) == (Status.REQUIRES_RETRY, Proof.REVERSED)


@for_each(
    "nothing", [DECLINED, NOT_FOUND, EMPTY, SILENCE, PENDING, OTHER, TOO_OLD, NotSent("late")]
)
def test_no_other_answer_to_a_reversal_proves_anything(nothing: Outcome) -> None:
    story = unknown(at=2 * HORIZON)
    story.next(SILENCE)
    assert story.next(nothing) == (REVERSAL, 2 * HORIZON)
    assert story.status is Status.UNKNOWN
    assert story.ask_age == 2 * HORIZON + EVERY


def test_a_reversal_that_never_left_counts_as_one_of_the_three() -> None:
    story = unknown(at=ANSWERED)
    steps = [story.next(NotSent("late") if n % 2 else SILENCE)[0] for n in range(7)]
    assert steps.count(REVERSAL) == 3
    assert [d.result for d in story.attempt.follow_up.reversals] == ["not_sent"] * 3
    assert {story.next(SILENCE)[0] for _ in range(4)} == {CHECK}


def test_a_decision_whose_send_was_lost_counts_and_is_followed_by_a_check() -> None:
    story = unknown(at=ANSWERED)
    story.next(SILENCE)
    kind, decided = story.next(None)  # its holder dies
    assert kind is REVERSAL
    clocks = RULES.clocks
    assert story.ask_age == decided + clocks.send_within + clocks.ask_within + clocks.skew
    assert story.next(SILENCE)[0] is CHECK
    first = story.attempt.follow_up.reversals[0]
    assert (first.result, first.asked) == ("lost", None)
    assert story.next(SILENCE)[0] is REVERSAL
    assert len(story.attempt.follow_up.reversals) == 2


def test_a_check_whose_holder_died_is_asked_again() -> None:
    story = unknown(at=20 * SECOND)
    kind, asked = story.next(None)
    assert kind is CHECK
    assert story.ask_age == asked + RULES.clocks.ask_within + RULES.clocks.skew
    assert story.next(paid())[0] is CHECK
    assert story.status is Status.SUCCEEDED


def test_the_late_answer_of_a_lost_check_is_believed_where_it_proves_something() -> None:
    story = unknown(at=20 * SECOND)
    story.now = 20 * SECOND
    lost = story.asked()
    assert lost
    story.next(None)
    assert not story.heard(lost, PENDING)
    assert story.heard(lost, paid())
    assert story.status is Status.SUCCEEDED


def test_the_late_answer_of_a_lost_reversal_is_believed_where_it_proves_something() -> None:
    story = unknown(at=HORIZON)
    story.next(SILENCE)
    lost = story.asked()
    assert lost
    assert lost.kind is REVERSAL
    story.next(SILENCE)
    assert story.heard(lost, APPROVED, sent=HORIZON)
    assert story.attempt.proof is Proof.TAKEN_BACK
    (reversal,) = story.attempt.follow_up.reversals
    assert reversal.asked  # the moment that makes it a proof is written with the answer
    assert reversal.result == "00"
    assert not story.heard(lost, APPROVED, sent=HORIZON)


# -- decided closes -------------------------------------------------------------------------------


def test_once_a_reversal_is_decided_no_00_makes_the_attempt_paid() -> None:
    story = unknown(at=ANSWERED)
    story.next(SILENCE)
    story.next()  # decided; whether it was sent does not matter
    assert not story.told(paid())  # the push's own answer
    story.next(paid())  # and a check's
    assert story.status is Status.UNKNOWN
    assert EventType.SUCCEEDED not in story.kinds


def test_a_refusal_still_settles_an_attempt_that_is_being_reversed() -> None:
    story = unknown(at=ANSWERED)
    story.next(SILENCE)
    story.next(SILENCE)
    assert story.told(DECLINED)
    assert story.status is Status.REQUIRES_RETRY


@pytest.mark.parametrize(
    ("apart", "opened"),
    [(RULES.approvals_apart, True), (RULES.approvals_apart - TICK, False)],
)
def test_two_approvals_a_minute_apart_after_the_last_reversal_mean_that_it_did_not_take(
    apart: timedelta, opened: bool
) -> None:
    story = spent()
    _, first = story.next(paid())
    assert story.open == [ExceptionKind.REVERSALS_SPENT]
    assert story.attempt.follow_up.approved_at == NOON + first
    assert story.ask_age is not None
    story.now = story.ask_age
    question = story.asked()
    assert question
    story.heard(question, paid(), sent=first + apart)
    assert (ExceptionKind.REVERSAL_NOT_TAKEN in story.open) is opened
    assert story.status is Status.UNKNOWN
    assert story.ask_age is not None


def test_an_approval_between_two_reversals_does_not_count_towards_the_two() -> None:
    story = unknown(at=ANSWERED)
    story.next(SILENCE)
    for _ in range(2):
        story.next(SILENCE)  # a reversal
        story.next(paid())  # and the check after it
    story.next(SILENCE)
    assert story.attempt.follow_up.approved_at is None
    story.next(paid())
    assert story.open == [ExceptionKind.REVERSALS_SPENT]


def test_a_reversal_that_did_not_take_is_voided_where_late_successes_are_reversed() -> None:
    rules = Rules(late_success=LateSuccess.REVERSE)
    story = spent(rules=rules)
    story.next(paid())
    story.next(paid())
    assert ExceptionKind.REVERSAL_NOT_TAKEN in story.open
    assert story.next(APPROVED)[0] is VOID
    assert (story.status, story.attempt.proof) == (Status.REQUIRES_RETRY, Proof.VOIDED)
    assert story.open == []


def test_a_reversal_that_did_not_take_waits_for_a_person_where_they_are_reviewed() -> None:
    story = spent()
    story.next(paid())
    story.next(paid())
    assert {story.next(paid())[0] for _ in range(5)} == {CHECK}
    story.close(ExceptionKind.REVERSAL_NOT_TAKEN, Action.PAID)
    assert (story.status, story.open) == (Status.SUCCEEDED, [])


# -- after the last reversal ----------------------------------------------------------------------


def test_when_the_last_reversal_is_spent_a_person_is_told_and_the_checks_slow_down() -> None:
    story = spent()
    assert story.open == []
    _, first = story.next(PENDING)
    assert story.open == [ExceptionKind.REVERSALS_SPENT]
    ages = [story.next(PENDING)[1] for _ in range(6)]
    waits = [after - before for before, after in zip([first, *ages[:-1]], ages, strict=True)]
    assert waits == [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, DAY, DAY]
    assert story.open == [ExceptionKind.REVERSALS_SPENT]


def test_the_checks_go_on_to_day_seven_and_then_end_with_the_exception_open() -> None:
    story = spent()
    ages = []
    while story.ask_age is not None:
        story.now = story.ask_age
        question = story.asked()
        if question is None:
            break
        ages.append(story.now)
        story.heard(question, PENDING)
    assert 6 * DAY in ages
    assert max(ages) < 7 * DAY
    assert (story.now, story.ask_age) == (7 * DAY, None)
    assert story.status is Status.UNKNOWN
    assert story.open == [ExceptionKind.REVERSALS_SPENT]


@pytest.mark.parametrize(("age", "told"), [(6 * DAY, True), (6 * DAY - TICK, False)])
def test_on_day_six_a_person_is_told_of_what_nobody_was_told_of(age: timedelta, told: bool) -> None:
    story = unknown(Unknown(Doubt.WORKER_LOST), at=10 * SECOND)
    story.now = age  # nobody was there to ask
    story.asked()
    assert (story.open == [ExceptionKind.STILL_UNKNOWN]) is told


@pytest.mark.parametrize(("age", "asked"), [(7 * DAY, False), (7 * DAY - TICK, True)])
def test_on_day_seven_nothing_more_is_asked(age: timedelta, asked: bool) -> None:
    story = unknown(Unknown(Doubt.WORKER_LOST), at=10 * SECOND)
    story.now = age
    assert (story.asked() is not None) is asked
    assert story.open == [ExceptionKind.STILL_UNKNOWN]
    assert (story.ask_age is None) is not asked


def test_no_timer_ever_ends_what_is_unknown() -> None:
    story = spent()
    story.now = 30 * DAY
    assert story.payment.expire(at=story.at, new_event_id=str) is None
    story.asked()
    assert (story.status, story.ask_age) == (Status.UNKNOWN, None)


# -- 40 and 94 ------------------------------------------------------------------------------------


def test_after_a_duplicate_nothing_is_reversed_by_itself() -> None:
    story = unknown(DUPLICATE, at=SECOND)
    kinds = {story.next(PENDING)[0] for _ in range(14)}
    assert kinds == {CHECK}
    assert story.now > HORIZON
    assert story.open == [ExceptionKind.DUPLICATE_REFERENCE]


@for_each(
    ("approval", "is_new", "believed"),
    [
        (paid(after=SECOND), True, True),
        (paid(after=timedelta(0)), True, True),
        (paid(after=-SECOND), True, False),  # charged before our claim
        (paid(after=SECOND), False, False),  # another charge's proof
        (paid(None, after=SECOND), True, False),  # no proof at all
    ],
)
def test_after_a_duplicate_a_00_is_believed_only_if_it_is_new_and_younger_than_the_claim(
    approval: Outcome, is_new: bool, believed: bool
) -> None:
    story = unknown(DUPLICATE, at=5 * SECOND)
    story.next(approval, evidence_is_new=is_new)
    assert story.status is (Status.SUCCEEDED if believed else Status.UNKNOWN)
    assert (story.open == [ExceptionKind.DUPLICATE_REFERENCE]) is not believed
    assert story.ask_age == (None if believed else story.now + EVERY)


def test_approvals_of_what_was_never_reversed_do_not_say_that_a_reversal_did_not_take() -> None:
    story = unknown(DUPLICATE, at=HORIZON)
    for _ in range(4):
        story.next(paid(None))
    assert story.open == [ExceptionKind.DUPLICATE_REFERENCE]


def test_the_wallet_tells_whole_seconds_and_the_claim_does_not() -> None:
    story = unknown(DUPLICATE, at=SECOND, start=NOON.replace(microsecond=900_000))
    story.next(paid(after=timedelta(0)))
    assert story.status is Status.SUCCEEDED


def test_a_proof_that_is_another_payments_is_told_but_this_push_was_answered() -> None:
    story = Story()
    assert story.told(paid(), evidence_is_new=False)
    assert story.status is Status.SUCCEEDED
    assert story.open == [ExceptionKind.EVIDENCE_REUSED]


def test_a_duplicate_whose_worker_was_lost_first_is_not_given_back_by_itself() -> None:
    story = spent(Unknown(Doubt.WORKER_LOST), rules=Rules(late_success=LateSuccess.REVERSE))
    assert story.told(DUPLICATE)
    story.next(paid())
    story.next(paid())
    assert ExceptionKind.REVERSAL_NOT_TAKEN in story.open
    assert story.attempt.follow_up.void is None


def test_approvals_from_before_the_last_reversal_are_forgotten() -> None:
    """The wallet's clocks may be so short that a reversal is decided between two approvals."""
    story = spent(rules=Rules(most_reversals=3))
    story.next(paid())
    first = story.attempt.follow_up.approved_at
    story.next(paid())
    assert first == story.attempt.follow_up.approved_at
    assert story.open.count(ExceptionKind.REVERSAL_NOT_TAKEN) == 1


# -- watched --------------------------------------------------------------------------------------


def watched_ages(story: Story, answer: Outcome = NOT_FOUND) -> list[timedelta]:
    """How long after its conclusion each further look at the attempt came."""
    concluded = story.now
    ages = []
    while story.ask_age is not None:
        story.now = story.ask_age
        question = story.asked()
        if question is None:
            break
        assert question.kind is CHECK
        ages.append(story.now - concluded)
        story.heard(question, answer)
    return ages


def test_what_the_wallet_did_not_refuse_is_watched_at_15_minutes_24_hours_and_on_day_six() -> None:
    story = spent()
    story.next(NOT_FOUND)
    concluded = story.now
    assert watched_ages(story) == [15 * MINUTE, DAY, 6 * DAY - concluded]
    assert story.status is Status.REQUIRES_RETRY
    assert story.open == []


def test_what_was_never_sent_is_watched_too() -> None:
    story = Story()
    story.told(NOT_SENT)
    assert watched_ages(story) == [15 * MINUTE, DAY, 6 * DAY]
    assert story.payment.due_at == NOON + NOT_SENT_DELAYS[0]


def test_a_watch_that_gets_no_answer_asks_again_ever_more_rarely_until_the_wallet_forgets() -> None:
    story = spent()
    story.next(NOT_FOUND)
    ages = watched_ages(story, SILENCE)
    gaps = [after - before for before, after in pairwise(ages)]
    assert gaps == [min(15 * MINUTE * 2**number, DAY) for number in range(len(gaps))]
    assert story.now < 7 * DAY
    assert story.ask_age is None


def test_a_watch_that_nobody_could_keep_ends_on_day_seven() -> None:
    story = spent()
    story.next(NOT_FOUND)
    story.now = 7 * DAY
    assert story.asked() is None
    assert story.ask_age is None


def test_what_was_concluded_on_day_six_is_looked_at_once_more_at_once() -> None:
    story = unknown(Unknown(Doubt.WORKER_LOST), at=6 * DAY + HOUR)
    story.next(REVERSED if story.now < 6 * DAY else NOT_FOUND)
    assert story.is_(Status.EXPIRED)
    assert story.ask_age == 6 * DAY


@pytest.mark.parametrize("last", [DECLINED, REVERSED, TOO_OLD])
def test_a_watch_ends_with_the_wallets_last_word(last: Outcome) -> None:
    story = spent()
    story.next(NOT_FOUND)
    assert watched_ages(story, last) == [15 * MINUTE]


@pytest.mark.parametrize("by", ["refusal", "73"])
def test_what_the_wallet_itself_refused_or_took_back_is_not_watched(by: str) -> None:
    story = spent()
    story.next(DECLINED if by == "refusal" else REVERSED)
    assert story.ask_age is None


def test_a_00_to_a_watch_is_a_late_success() -> None:
    story = spent()
    story.next(NOT_FOUND)
    story.next(paid())
    assert story.status is Status.REQUIRES_RETRY
    assert story.open == [ExceptionKind.LATE_SUCCESS]
    assert story.kinds[-1] is EventType.LATE_SUCCESS
    assert story.ask_age is None


def test_a_watch_goes_on_while_a_later_attempt_is_in_front_of_the_customer() -> None:
    story = spent()
    story.next(NOT_FOUND)
    story.now += MINUTE
    story.again()
    concluded = story.attempt.concluded_at
    assert concluded
    story.now = concluded + 15 * MINUTE - NOON
    question = story.asked()
    assert question
    story.heard(question, paid())
    assert story.is_(Status.AWAITING_CUSTOMER)
    assert story.told(paid("another"), "att_2")
    assert story.is_(Status.SUCCEEDED)
    assert story.open == [ExceptionKind.LATE_SUCCESS]


# -- reading hastens ------------------------------------------------------------------------------


def test_a_look_at_an_unknown_payment_brings_its_next_check_forward_once_in_15_seconds() -> None:
    story = spent()
    _, asked = story.next(PENDING)
    assert story.ask_age == asked + MINUTE
    story.now = asked + SECOND
    assert story.hasten()
    assert story.ask_age == asked + EVERY
    assert not story.hasten()
    story.now = asked + EVERY
    assert story.asked()
    assert not story.hasten()  # it is being asked


def test_a_look_long_after_the_last_check_has_it_asked_at_once() -> None:
    story = spent()
    for _ in range(4):
        story.next(PENDING)
    story.now += 30 * MINUTE
    assert story.hasten()
    assert story.ask_age == story.now


def test_a_look_never_hastens_a_reversal_before_its_time() -> None:
    story = unknown(empty_404(55 * SECOND), at=55 * SECOND)
    while len(story.attempt.follow_up.reversals) < 2:
        story.next(PENDING)
    assert story.next(PENDING) == (CHECK, 90 * SECOND)
    story.now = 91 * SECOND
    assert not story.hasten()
    assert story.next(PENDING) == (REVERSAL, HORIZON)


def test_a_look_at_anything_else_changes_nothing() -> None:
    story = Story()
    assert not story.hasten()
    story.told(NOT_SENT)
    assert not story.hasten()


# -- recorded twice -------------------------------------------------------------------------------


@for_each("answer", [SILENCE, NOT_FOUND, PENDING, TOO_OLD, OTHER, DECLINED, REVERSED, APPROVED])
def test_the_same_answer_to_the_same_question_is_written_once(answer: Outcome) -> None:
    story = unknown(at=20 * SECOND)
    story.now = 20 * SECOND
    question = story.asked()
    assert question
    assert story.heard(question, answer)
    before = story.payment
    assert not story.heard(question, answer)
    assert story.payment == before


def test_the_same_answer_to_the_same_reversal_is_written_once() -> None:
    story = unknown(at=ANSWERED)
    story.next(SILENCE)
    question = story.asked()
    assert question
    assert story.heard(question, SILENCE)
    assert not story.heard(question, SILENCE)


# -- a wish to cancel, a life that is over, the last attempt --------------------------------------


def test_a_wish_to_cancel_is_granted_when_no_money_is_proved_and_never_reverses_early() -> None:
    story = unknown(at=10 * SECOND)
    assert story.cancel()
    assert story.status is Status.UNKNOWN
    kinds = []
    while story.status is Status.UNKNOWN:
        kinds.append(story.next(NOT_FOUND)[0])
    assert story.now >= ANSWERED
    assert story.status is Status.CANCELED
    assert story.payment.cancel_requested_at == NOON + 10 * SECOND


def test_a_wish_to_cancel_does_not_hide_a_success() -> None:
    story = unknown(at=10 * SECOND)
    story.cancel()
    story.next(paid())
    assert story.status is Status.SUCCEEDED


def test_a_payment_whose_life_is_over_expires_when_no_money_is_proved() -> None:
    story = unknown(at=10 * SECOND, expires_in=2 * MINUTE)
    while story.status is Status.UNKNOWN:
        story.next(SILENCE if story.now < 2 * MINUTE else NOT_FOUND)
    assert story.status is Status.EXPIRED


def test_the_last_attempt_fails_when_no_money_is_proved() -> None:
    story = unknown(at=10 * SECOND, rules=Rules(most_attempts=1))
    story.next(REVERSED)
    assert story.status is Status.FAILED


def test_a_new_push_waits_for_the_truth_about_the_one_before() -> None:
    story = unknown(at=75 * SECOND)
    while story.status is Status.UNKNOWN:
        story.next(NOT_FOUND)
    story.again()
    assert story.payment.attempts[1].claimed.at > story.payment.attempts[0].claimed.at + HORIZON


# -- who comes back -------------------------------------------------------------------------------


def test_the_holder_of_a_call_that_was_given_up_may_still_tell_of_the_wallets_own_404() -> None:
    story = unknown(Unknown(Doubt.WORKER_LOST), at=20 * SECOND)
    story.now = 55 * SECOND
    assert story.told(empty_404(54 * SECOND))
    assert story.attempt.follow_up.reverse_from == NOON + 60 * SECOND
    assert not story.told(empty_404(54 * SECOND))
    assert not story.told(SILENCE)


def test_the_holder_of_a_call_that_was_given_up_may_still_tell_of_a_refusal() -> None:
    story = unknown(Unknown(Doubt.WORKER_LOST), at=20 * SECOND)
    assert story.told(REFUSED)
    assert story.status is Status.FAILED
    assert story.payment.reason is REFUSED.reason
    assert NO.code is not REFUSED.reason.code


def test_a_question_about_no_attempt_of_the_payment_is_refused() -> None:
    story = unknown()
    answer = Answer(CHECK, 1, story.moment, PENDING)
    with pytest.raises(KeyError):
        resolving.hear(story.payment, "att_9", answer, story.known())


def test_what_cannot_be_asked_now_is_looked_at_again_later() -> None:
    story = unknown()
    later: datetime = story.at + MINUTE
    change = resolving.postpone(story.payment, later, story.at)
    assert change.payment.ask_at == later
    assert change.events == ()
