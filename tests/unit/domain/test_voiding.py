"""Giving a whole charge back on its own day, and finding out whether it took."""

from datetime import timedelta
from typing import Any

import pytest

from domain.attempt import AttemptStatus
from domain.errors import IllegalTransition
from domain.events import EventType
from domain.exception_record import ExceptionKind
from domain.follow_up import QuestionKind, VoidStatus
from domain.money import Money
from domain.outcome import Doubt, NotSent, Outcome, Unknown
from domain.payment import Status
from domain.refund import RefundKind, RefundStatus
from domain.rules import LateSuccess, Rules
from tests.unit.cases import for_each
from tests.unit.domain.story import AMOUNT, DAY, HOUR, MINUTE, SECOND, TICK, Story, paid
from tests.unit.domain.test_payment import APPROVED, DECLINED, SILENCE
from tests.unit.domain.test_resolving import NOT_FOUND, PENDING, REVERSED, TOO_OLD, spent
from tests.unit.domain.test_settling import CUTOFF

RULES = Rules()
VOID, VOID_CHECK = QuestionKind.VOID, QuestionKind.VOID_CHECK
GONE = RULES.clocks.decision_gone
EVERY = RULES.check_every


def refunding(at: timedelta = HOUR, charged: timedelta = SECOND, **how: Any) -> Story:
    """A paid payment whose whole charge is asked back at that age."""
    story = Story(**how)
    story.now = max(charged, SECOND)
    story.told(paid(after=charged))
    story.now = at
    story.refund()
    return story


def the_void(story: Story) -> VoidStatus:
    void = story.attempt.follow_up.void
    assert void
    return void.status


# -- the usual case -------------------------------------------------------------------------------


def test_a_void_is_decided_at_once_and_its_00_is_the_refund() -> None:
    story = refunding()
    assert story.next(APPROVED) == (VOID, HOUR)
    assert story.status is Status.REFUNDED
    assert story.payment.amount_refunded == Money(AMOUNT)
    assert story.payment.refunds[0].status is RefundStatus.SUCCEEDED
    assert story.kinds[-3:] == [
        EventType.REFUND_PENDING,
        EventType.REFUND_SUCCEEDED,
        EventType.REFUNDED,
    ]
    assert story.events[-1].refund_id == story.payment.refunds[0].id
    assert (the_void(story), story.ask_age) == (VoidStatus.DONE, None)


def test_a_void_is_decided_before_it_is_sent() -> None:
    story = refunding()
    assert story.next(None)[0] is VOID
    void = story.attempt.follow_up.void
    assert void
    assert (void.status, len(void.decisions)) == (VoidStatus.OUT, 1)
    assert story.payment.history[-1].action == "void_decided"
    assert story.payment.refundable == Money(0)


# -- the cut-off ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "kind"), [(CUTOFF - TICK, RefundKind.VOID), (CUTOFF, RefundKind.MANUAL)]
)
def test_a_refund_is_a_void_until_2355_in_jakarta_to_the_microsecond(
    at: timedelta, kind: RefundKind
) -> None:
    story = refunding(at=at)
    assert story.payment.refunds[0].kind is kind
    assert (story.ask_age is None) is (kind is RefundKind.MANUAL)


@pytest.mark.parametrize(
    ("charged", "kind"),
    [
        # asked for at 00:10 WIB: the day is the charge's own, by the wallet's clock
        (12 * HOUR - SECOND, RefundKind.MANUAL),  # 23:59:59 the day before
        (12 * HOUR, RefundKind.VOID),  # midnight
    ],
)
def test_the_day_of_a_charge_is_jakartas_across_midnight(
    charged: timedelta, kind: RefundKind
) -> None:
    story = refunding(at=12 * HOUR + 10 * MINUTE, charged=charged)
    assert story.payment.refunds[0].kind is kind


def test_a_push_claimed_before_midnight_and_charged_after_it_is_voided_on_the_new_day() -> None:
    story = Story(now=12 * HOUR - 10 * SECOND)
    story.now = 12 * HOUR + 5 * SECOND
    story.told(paid(after=12 * HOUR + SECOND))
    story.now = 20 * HOUR
    story.refund()
    assert story.payment.refunds[0].kind is RefundKind.VOID


def test_where_the_wallet_tells_no_time_the_day_is_that_of_our_hearing() -> None:
    story = Story()
    story.now = SECOND
    story.told(APPROVED)
    story.now = CUTOFF - TICK
    story.refund()
    assert story.payment.refunds[0].kind is RefundKind.VOID


def test_a_void_that_was_not_decided_by_the_cut_off_goes_on_by_hand() -> None:
    story = refunding(at=CUTOFF - SECOND)
    story.now = CUTOFF
    assert story.asked() is None
    refund = story.payment.refunds[0]
    assert (refund.kind, refund.status) == (RefundKind.MANUAL, RefundStatus.PENDING)
    assert (the_void(story), story.ask_age) == (VoidStatus.NOT_MADE, None)
    assert story.kinds.count(EventType.REFUND_PENDING) == 2  # asked for, and now by hand
    assert story.events[-1].refund_id == refund.id


# -- silence --------------------------------------------------------------------------------------


@for_each(
    "nothing", [SILENCE, Unknown(Doubt.EMPTY_404), PENDING, NOT_FOUND, Unknown(Doubt.GARBAGE)]
)
def test_a_void_without_a_clear_answer_is_unknown_and_asked_about(nothing: Outcome) -> None:
    story = refunding()
    story.next(nothing)
    assert story.payment.refunds[0].status is RefundStatus.UNKNOWN
    assert story.kinds[-1] is EventType.REFUND_UNKNOWN
    assert story.is_(Status.SUCCEEDED)
    assert story.next(APPROVED) == (VOID_CHECK, HOUR + EVERY)
    assert story.is_(Status.REFUNDED)


@pytest.mark.parametrize(("sent", "again"), [(GONE, True), (GONE - TICK, False)])
def test_only_when_no_void_can_be_on_its_way_is_none_found_believed(
    sent: timedelta, again: bool
) -> None:
    story = refunding()
    story.next(SILENCE)
    story.now = HOUR + sent
    question = story.asked()
    assert question
    assert question.kind is VOID_CHECK
    story.now += 10 * SECOND
    story.heard(question, NOT_FOUND, sent=HOUR + sent)
    assert (the_void(story) is VoidStatus.WANTED) is again
    assert story.ask_age == (story.now if again else story.now + EVERY)
    assert story.next(SILENCE)[0] is (VOID if again else VOID_CHECK)


def test_a_void_whose_send_was_lost_is_asked_about_and_counts() -> None:
    story = refunding()
    story.next(None)
    assert story.next(NOT_FOUND)[0] is VOID_CHECK
    void = story.attempt.follow_up.void
    assert void
    assert [d.result for d in void.decisions] == ["lost"]


def test_a_void_that_never_left_is_decided_anew_at_most_three_times() -> None:
    story = refunding()
    kinds = [story.next(NotSent("late"))[0] for _ in range(RULES.most_voids)]
    assert kinds == [VOID] * 3
    assert story.ask_age is not None
    story.now = story.ask_age
    assert story.asked() is None
    assert story.payment.refunds[0].kind is RefundKind.MANUAL


def test_a_void_that_was_never_made_goes_on_by_hand_after_the_third() -> None:
    story = refunding()
    kinds = []
    while story.ask_age is not None:
        kinds.append(story.next(NOT_FOUND)[0])
    assert kinds.count(VOID) == 3
    assert story.payment.refunds[0].kind is RefundKind.MANUAL
    assert (story.status, the_void(story)) == (Status.SUCCEEDED, VoidStatus.NOT_MADE)


def test_a_void_that_stays_unknown_is_asked_about_until_day_seven_and_then_a_person_is_told() -> (
    None
):
    story = refunding()
    story.next(SILENCE)
    while story.ask_age is not None:
        assert story.next(SILENCE)[0] is VOID_CHECK
    assert story.now > 6 * DAY
    assert story.open == [ExceptionKind.REFUND_UNRESOLVED]
    assert story.payment.refunds[0].status is RefundStatus.UNKNOWN


@pytest.mark.parametrize(("gone", "status"), [(True, Status.REFUNDED), (False, Status.SUCCEEDED)])
def test_a_person_ends_a_void_that_nobody_is_asked_about_any_more(
    gone: bool, status: Status
) -> None:
    story = refunding()
    story.next(SILENCE)
    (refund,) = story.payment.refunds
    with pytest.raises(IllegalTransition):
        story.close_refund(refund.id, succeeded=gone)
    story.next(TOO_OLD)
    assert story.close_refund(refund.id, succeeded=gone)
    assert story.status is status
    assert not story.close_refund(refund.id, succeeded=gone)
    assert story.payment.refundable.rupiah == (0 if gone else AMOUNT)


def test_a_void_that_the_wallet_no_longer_knows_of_is_a_persons() -> None:
    story = refunding()
    story.next(SILENCE)
    story.next(TOO_OLD)
    assert (story.open, story.ask_age) == ([ExceptionKind.REFUND_UNRESOLVED], None)


@pytest.mark.parametrize("word", [DECLINED, REVERSED])
def test_a_refusal_or_73_about_a_paid_push_is_a_conflict(word: Outcome) -> None:
    story = refunding()
    story.next(word)
    assert ExceptionKind.STATUS_CONFLICT in story.open
    assert story.payment.refunds[0].status is RefundStatus.UNKNOWN


# -- who comes too late ---------------------------------------------------------------------------


def test_the_late_answer_of_a_lost_void_is_believed_if_it_says_done() -> None:
    story = refunding()
    lost = story.asked()
    assert lost
    story.now += MINUTE
    story.next(SILENCE)
    assert not story.heard(lost, SILENCE)
    assert story.heard(lost, APPROVED)
    assert story.status is Status.REFUNDED
    assert not story.heard(lost, APPROVED)


def test_a_void_that_took_after_it_was_given_up_is_a_persons() -> None:
    """Who gives the money back by hand meanwhile would give it back twice."""
    story = refunding()
    lost = story.asked()
    assert lost
    while story.ask_age is not None:
        story.next(NOT_FOUND)
    assert story.payment.refunds[0].kind is RefundKind.MANUAL
    assert story.heard(lost, APPROVED)
    assert story.open == [ExceptionKind.REFUND_CONFLICT]
    assert story.status is Status.SUCCEEDED


def test_the_same_answer_to_the_same_void_is_written_once() -> None:
    story = refunding()
    question = story.asked()
    assert question
    assert story.heard(question, SILENCE)
    before = story.payment
    assert not story.heard(question, SILENCE)
    assert story.payment == before


def test_the_attempt_stays_approved_whatever_becomes_of_its_void() -> None:
    story = refunding()
    story.next(APPROVED)
    assert story.attempt.status is AttemptStatus.APPROVED


def test_a_void_that_was_not_made_before_the_cut_off_is_not_decided_after_it() -> None:
    story = refunding(at=CUTOFF - SECOND)
    story.next(SILENCE)
    while story.ask_age is not None:
        assert story.next(NOT_FOUND)[0] is VOID_CHECK
    refund = story.payment.refunds[0]
    assert (refund.kind, refund.status) == (RefundKind.MANUAL, RefundStatus.PENDING)
    assert story.events[-1].type is EventType.REFUND_PENDING


@pytest.mark.parametrize("word", [DECLINED, REVERSED])
def test_a_refusal_or_73_to_a_check_of_a_void_is_a_conflict_too(word: Outcome) -> None:
    story = refunding()
    story.next(SILENCE)
    assert story.next(word)[0] is VOID_CHECK
    assert ExceptionKind.STATUS_CONFLICT in story.open


def test_a_live_attempt_whose_void_was_not_made_goes_back_to_its_checks() -> None:
    story = spent(rules=Rules(late_success=LateSuccess.REVERSE))
    story.next(paid())
    story.next(paid())
    for _ in range(RULES.most_voids):
        assert story.next(NotSent("late"))[0] is VOID
    assert story.ask_age is not None
    story.now = story.ask_age
    assert story.asked() is None
    assert the_void(story) is VoidStatus.NOT_MADE
    kind, _ = story.next(REVERSED)
    assert kind is QuestionKind.CHECK
    assert story.is_(Status.REQUIRES_RETRY)


def test_a_live_attempt_whose_void_was_decided_is_not_reversed_again() -> None:
    story = spent(rules=Rules(late_success=LateSuccess.REVERSE, most_reversals=3))
    story.next(paid())
    story.next(paid())
    assert story.next(SILENCE)[0] is VOID
    kinds = {story.next(SILENCE)[0] for _ in range(5)}
    assert kinds == {VOID_CHECK}


def test_the_day_is_the_wallets_and_not_that_of_our_hearing() -> None:
    story = Story(now=12 * HOUR - 10 * SECOND)
    story.now = 12 * HOUR + 5 * SECOND
    story.told(paid(after=12 * HOUR - SECOND))  # charged at 23:59:59, heard after midnight
    story.now = 20 * HOUR
    story.refund()
    assert story.payment.refunds[0].kind is RefundKind.MANUAL


def test_a_success_without_a_time_that_was_heard_after_midnight_is_of_the_new_day() -> None:
    story = Story(now=12 * HOUR - 10 * SECOND)
    story.now = 12 * HOUR + 5 * SECOND
    story.told(APPROVED)
    story.now = 20 * HOUR
    story.refund()
    assert story.payment.refunds[0].kind is RefundKind.VOID
