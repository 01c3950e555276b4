"""Refunds that the provider makes: never more than was paid, none made twice, none lost."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.errors import RefundExceedsPaid
from domain.events import EventType
from domain.exception_record import ExceptionKind
from domain.follow_up import Question, QuestionKind
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.payment import Status
from domain.reason import TIMED_OUT
from domain.refund import Refund, RefundKind, RefundStatus
from domain.rules import Rules
from tests.unit.domain.story import AMOUNT, DAY, HOUR, MINUTE, SECOND, Story, paid

RULES = Rules(voids=False, refunds=True, refund_within=14 * DAY)
MADE = Approved("2005800")
NO = Declined("4055801", TIMED_OUT)
NONE = Unknown(Doubt.NOT_FOUND, "4045801")
SILENCE = Unknown(Doubt.SILENCE)
ASKED, CHECKED = QuestionKind.REFUND, QuestionKind.REFUND_CHECK


def charged(rules: Rules = RULES) -> Story:
    """Paid ten seconds after noon."""
    story = Story(rules=rules)
    story.now = 10 * SECOND
    story.told(paid())
    return story


def last(story: Story) -> Refund:
    """The refund asked for last."""
    return story.payment.refunds[-1]


def following(story: Story, *outcomes: Outcome) -> list[QuestionKind]:
    """What is asked in turn, each answered."""
    return [story.next(outcome)[0] for outcome in outcomes]


def test_a_part_goes_back_by_the_provider_and_then_the_rest() -> None:
    story = charged()
    story.refund(20_000)
    assert last(story).kind is RefundKind.REFUND
    assert following(story, MADE) == [ASKED]
    assert last(story).status is RefundStatus.SUCCEEDED
    assert story.is_(Status.PARTIALLY_REFUNDED)
    story.refund()
    assert following(story, MADE) == [ASKED]
    assert story.is_(Status.REFUNDED)
    assert story.payment.amount_refunded.rupiah == AMOUNT
    assert story.kinds.count(EventType.REFUND_SUCCEEDED) == 2
    assert story.payment.ask_at is None


def test_it_is_decided_before_it_is_sent_and_the_question_names_it() -> None:
    story = charged()
    story.refund(20_000)
    question = story.asked()
    assert question is not None
    assert (question.kind, question.about) == (ASKED, last(story).id)
    call = last(story).call
    assert call is not None
    assert [decision.number for decision in call.decisions] == [question.number]


def test_two_at_once_are_asked_one_after_the_other() -> None:
    story = charged()
    story.refund(20_000)
    first = story.asked()
    story.refund(10_000)
    assert first is not None
    assert story.asked() is None, "one question at a time"
    story.heard(first, MADE)
    assert following(story, MADE) == [ASKED]
    assert story.payment.amount_refunded.rupiah == 30_000
    assert {refund.status for refund in story.payment.refunds} == {RefundStatus.SUCCEEDED}


def test_what_may_be_on_its_way_counts_and_no_more_than_was_paid_can_be_asked() -> None:
    story = charged()
    story.refund(40_000)
    story.next(SILENCE)
    assert last(story).status is RefundStatus.UNKNOWN
    with pytest.raises(RefundExceedsPaid):
        story.refund(20_000)


def test_silence_is_asked_about_and_never_sent_again_before_it_is_gone() -> None:
    story = charged()
    story.refund(20_000)
    sent_at = story.now
    assert following(story, SILENCE) == [ASKED]
    assert story.kinds[-1] is EventType.REFUND_UNKNOWN
    kind, age = story.next(NONE)
    while kind is CHECKED:
        kind, age = story.next(NONE if kind is CHECKED else None)
        if kind is ASKED:
            break
    assert age - sent_at >= RULES.clocks.decision_gone
    call = last(story).call
    assert call is not None
    assert len(call.decisions) == 2


def test_a_check_that_finds_it_ends_it() -> None:
    story = charged()
    story.refund(20_000)
    assert following(story, SILENCE, SILENCE, MADE) == [ASKED, CHECKED, CHECKED]
    assert story.is_(Status.PARTIALLY_REFUNDED)


def test_a_refusal_frees_the_sum_again() -> None:
    story = charged()
    story.refund()
    following(story, NO)
    assert last(story).status is RefundStatus.FAILED
    assert last(story).evidence == "4055801"
    assert story.kinds[-1] is EventType.REFUND_FAILED
    assert story.is_(Status.SUCCEEDED)
    story.refund()
    assert following(story, MADE) == [ASKED]
    assert story.is_(Status.REFUNDED)


def test_one_that_never_left_is_decided_anew() -> None:
    story = charged()
    story.refund(20_000)
    assert following(story, NotSent("no connection"), MADE) == [ASKED, ASKED]
    assert story.is_(Status.PARTIALLY_REFUNDED)


NEVER = NotSent("no connection")


def test_what_cannot_leave_is_tried_for_days_ever_more_rarely() -> None:
    story = charged()
    story.refund(20_000)
    began, ages = story.now, []
    while last(story).kind is RefundKind.REFUND and story.payment.ask_at is not None:
        kind, age = story.next(NEVER)
        assert kind is ASKED
        ages.append(age - began)
    gaps = [later - earlier for earlier, later in pairwise(ages)]
    assert gaps[:3] == [RULES.check_every] * 3
    assert gaps[3:7] == list(RULES.slow_checks)
    assert set(gaps[7:]) == {RULES.daily}
    assert 6 * DAY < ages[-1] < RULES.asked_until
    assert (last(story).kind, last(story).status) == (RefundKind.MANUAL, RefundStatus.PENDING)
    assert story.kinds[-1] is EventType.REFUND_PENDING
    story.close_refund(last(story).id, succeeded=True)
    assert story.is_(Status.PARTIALLY_REFUNDED)


def test_after_an_outage_it_is_made_by_itself() -> None:
    story = charged()
    story.refund(20_000)
    assert following(story, *[NEVER] * 6, MADE) == [ASKED] * 7
    assert story.is_(Status.PARTIALLY_REFUNDED)


def test_after_three_that_may_have_been_heard_a_person_gives_it_back() -> None:
    story = charged()
    story.refund(20_000)
    sent = 0
    while last(story).kind is RefundKind.REFUND:
        age = story.ask_age
        assert age is not None
        story.now = max(story.now, age)
        question = story.asked()
        assert question is not None
        sent += question.kind is ASKED
        story.heard(question, SILENCE if question.kind is ASKED else NONE)
    assert sent == RULES.most_voids
    assert (last(story).kind, last(story).status) == (RefundKind.MANUAL, RefundStatus.PENDING)
    assert story.payment.ask_at is None


def test_whoever_held_the_refund_died_it_is_asked_about_not_sent_again() -> None:
    story = charged()
    story.refund(20_000)
    assert story.next()[0] is ASKED
    assert following(story, MADE) == [CHECKED]
    call = last(story).call
    assert call is not None
    assert [decision.result for decision in call.decisions] == ["lost"]
    assert story.is_(Status.PARTIALLY_REFUNDED)


def test_the_same_answer_twice_is_written_once() -> None:
    story = charged()
    story.refund(20_000)
    question = story.asked()
    assert question is not None
    assert story.heard(question, MADE)
    before = story.payment
    assert not story.heard(question, MADE)
    assert story.payment == before


def test_after_its_time_it_goes_back_by_hand() -> None:
    story = charged()
    story.now = 15 * DAY
    story.refund(20_000)
    assert last(story).kind is RefundKind.MANUAL
    assert story.payment.ask_at is None


def test_made_after_it_was_given_up_is_a_conflict_for_a_person() -> None:
    story = charged()
    story.refund(20_000)
    question = story.asked()
    assert question is not None
    for _ in range(2):
        story.next()
        story.now += HOUR
        story.next(NONE)
    while last(story).kind is RefundKind.REFUND:
        story.next(NONE)
    assert story.heard(question, MADE)
    assert story.open == [ExceptionKind.REFUND_CONFLICT]
    assert not story.heard(question, MADE)


def test_nobody_knows_its_end_a_person_is_told_and_may_close_it() -> None:
    story = charged()
    story.refund(20_000)
    story.next(SILENCE)
    while story.payment.ask_at is not None:
        story.next(SILENCE)
    assert story.open == [ExceptionKind.REFUND_UNRESOLVED]
    assert story.now < 8 * DAY
    assert story.close_refund(last(story).id, succeeded=False)
    assert last(story).status is RefundStatus.FAILED


@pytest.mark.parametrize("within", [None, timedelta(days=1)])
def test_the_last_moment_is_the_providers(within: timedelta | None) -> None:
    story = charged(replace(RULES, refund_within=within))
    story.now = DAY + MINUTE
    story.refund(1_000)
    by_hand = last(story).kind is RefundKind.MANUAL
    assert by_hand is (within is not None)


def until_decided_again(story: Story) -> Question:
    """It is not found for so long that it is decided once more; what was decided is out."""
    for _ in range(20):
        age = story.ask_age
        assert age is not None
        story.now = max(story.now, age)
        question = story.asked()
        assert question is not None
        if question.kind is ASKED:
            return question
        story.heard(question, NONE)
    raise AssertionError("it was never decided again")


def test_a_refusal_of_the_second_says_nothing_of_the_first() -> None:
    story = charged()
    story.refund(20_000)
    story.next(SILENCE)
    assert story.heard(until_decided_again(story), NO)
    assert last(story).status is RefundStatus.UNKNOWN, "the first may be why it is refused"
    with pytest.raises(RefundExceedsPaid):
        story.refund(40_000)
    assert following(story, MADE) == [CHECKED]
    assert story.payment.amount_refunded.rupiah == 20_000


def test_a_refusal_of_the_first_that_comes_late_says_nothing_of_the_second() -> None:
    story = charged()
    story.refund(20_000)
    first = story.asked()
    assert first is not None
    story.next(NONE)
    second = until_decided_again(story)
    story.heard(first, NO)
    assert last(story).status is not RefundStatus.FAILED
    assert story.heard(second, MADE)
    assert story.open == []
    assert story.payment.amount_refunded.rupiah == 20_000


def test_a_failure_that_is_told_while_the_second_is_on_its_way_may_be_the_firsts() -> None:
    story = charged()
    story.refund(20_000)
    story.next(SILENCE)
    story.heard(until_decided_again(story), SILENCE)
    assert following(story, NO) == [CHECKED]
    assert last(story).status is RefundStatus.UNKNOWN
    story.now += MINUTE
    assert following(story, NO) == [CHECKED]
    assert last(story).status is RefundStatus.FAILED


def test_a_refusal_after_one_that_never_left_is_believed() -> None:
    story = charged()
    story.refund(20_000)
    assert following(story, NotSent("no connection"), NO) == [ASKED, ASKED]
    assert last(story).status is RefundStatus.FAILED


def test_a_failure_that_is_told_of_the_only_one_is_believed_at_once() -> None:
    story = charged()
    story.refund(20_000)
    assert following(story, SILENCE, NO) == [ASKED, CHECKED]
    assert last(story).status is RefundStatus.FAILED
