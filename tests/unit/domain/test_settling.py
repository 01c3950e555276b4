"""Late successes and conflicts: what becomes of the wallet's words when they come too late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.attempt import AttemptStatus, Proof
from domain.errors import OpenException
from domain.events import EventType
from domain.exception_record import Action, ExceptionKind
from domain.follow_up import Question, QuestionKind, VoidStatus
from domain.outcome import Outcome
from domain.payment import Status
from domain.rules import LateSuccess, Rules
from domain.settling import may_honour, want_void
from tests.unit.cases import for_each
from tests.unit.domain.story import HOUR, MINUTE, SECOND, TICK, Story, paid
from tests.unit.domain.test_payment import APPROVED, DECLINED, NOT_SENT, REFUSED, SILENCE
from tests.unit.domain.test_resolving import (
    DUPLICATE,
    NOT_FOUND,
    PENDING,
    REVERSED,
    spent,
    unknown,
)

HONOUR = Rules(late_success=LateSuccess.HONOUR)
REVERSE = Rules(late_success=LateSuccess.REVERSE)
CUTOFF = 11 * HOUR + 55 * MINUTE
"""From noon in Jakarta to 23:55."""


def declined(rules: Rules, **how: Any) -> Story:
    story = Story(rules=rules, **how)
    story.now = 20 * SECOND
    story.told(DECLINED)
    return story


def ended(rules: Rules, status: Status) -> Story:
    """A payment of which the only attempt was declined, and that ended so."""
    story = Story(rules=rules)
    story.now = 20 * SECOND
    if status is Status.CANCELED:
        story.cancel()
    if status is Status.EXPIRED:
        story.now = HOUR
    story.told(REFUSED if status is Status.FAILED else DECLINED)
    if status is Status.PENDING:
        story.now += MINUTE
        story.payment = story.payment.ask_again(None, at=story.at, rules=rules).payment
    return story


# -- honour ---------------------------------------------------------------------------------------


@for_each(
    "status",
    [Status.PENDING, Status.REQUIRES_RETRY, Status.FAILED, Status.EXPIRED, Status.CANCELED],
)
def test_a_late_success_is_honoured_where_nothing_stands_against_it(status: Status) -> None:
    story = ended(HONOUR, status)
    assert story.status is status
    assert story.told(paid())
    assert story.status is Status.SUCCEEDED
    assert story.kinds[-2:] == [EventType.LATE_SUCCESS, EventType.SUCCEEDED]
    assert story.payment.paid_at == story.at
    assert story.attempt.status is AttemptStatus.APPROVED
    assert story.attempt.proof is None


def test_a_late_success_that_was_honoured_is_listed_but_holds_nothing_up() -> None:
    """It would stop every later payment of the order, once this one is refunded."""
    story = declined(HONOUR)
    story.told(paid())
    (record,) = story.payment.exceptions
    assert record.kind is ExceptionKind.LATE_SUCCESS
    assert record.open
    assert not story.payment.has_open_late_success
    assert not story.told(paid())


def test_a_late_success_is_not_honoured_once_a_reversal_was_decided_for_it() -> None:
    story = spent(rules=HONOUR)
    story.next(NOT_FOUND)
    story.next(paid())
    assert (story.status, story.open) == (Status.REQUIRES_RETRY, [ExceptionKind.LATE_SUCCESS])


def test_a_late_success_is_not_honoured_beside_a_live_attempt() -> None:
    story = declined(HONOUR)
    story.now += MINUTE
    story.again()
    story.told(paid())
    assert (story.status, story.open) == (Status.AWAITING_CUSTOMER, [ExceptionKind.LATE_SUCCESS])


def test_a_late_success_is_not_honoured_beside_a_paid_attempt() -> None:
    story = declined(HONOUR)
    story.now += MINUTE
    story.again()
    story.told(paid("another"), "att_2")
    assert story.status is Status.SUCCEEDED
    story.told(paid())
    assert story.kinds.count(EventType.SUCCEEDED) == 1
    assert story.open == [ExceptionKind.LATE_SUCCESS]


def test_a_late_success_is_not_honoured_while_another_payment_holds_the_order() -> None:
    story = declined(HONOUR)
    story.told(paid(), may_honour=False)
    assert (story.status, story.open) == (Status.REQUIRES_RETRY, [ExceptionKind.LATE_SUCCESS])


@pytest.mark.parametrize("rules", [HONOUR, REVERSE])
def test_a_late_success_by_another_charges_proof_is_left_to_a_person(rules: Rules) -> None:
    story = declined(rules)
    story.told(paid(), evidence_is_new=False)
    assert (story.status, story.open) == (Status.REQUIRES_RETRY, [ExceptionKind.LATE_SUCCESS])
    assert story.attempt.follow_up.void is None


@for_each("rules", [HONOUR, REVERSE])
@for_each("approval", [paid(after=-SECOND), paid(None)])
def test_after_a_duplicate_a_late_success_is_left_to_a_person_unless_it_is_surely_ours(
    rules: Rules, approval: Outcome
) -> None:
    """The references may be another charge's: to void it would take that one's money back."""
    story = unknown(DUPLICATE, at=HOUR, rules=rules, expires_in=24 * HOUR)
    story.next(NOT_FOUND)
    assert story.status is Status.REQUIRES_RETRY
    story.next(approval)
    assert (story.status, story.open) == (Status.REQUIRES_RETRY, [ExceptionKind.LATE_SUCCESS])
    assert story.attempt.follow_up.void is None


# -- reverse --------------------------------------------------------------------------------------


def test_a_late_success_is_voided_on_its_day() -> None:
    story = declined(REVERSE)
    story.told(paid())
    assert story.open == [ExceptionKind.LATE_SUCCESS]
    assert story.next(APPROVED) == (QuestionKind.VOID, 20 * SECOND)
    assert (story.status, story.open) == (Status.REQUIRES_RETRY, [])
    assert not story.told(paid())  # the wallet still calls the push approved
    assert story.ask_age is None


@pytest.mark.parametrize(("heard", "voided"), [(CUTOFF - TICK, True), (CUTOFF, False)])
def test_a_late_success_is_voided_until_the_cut_off_of_its_day(
    heard: timedelta, voided: bool
) -> None:
    story = declined(REVERSE)
    story.now = heard
    story.told(paid())
    assert (story.attempt.follow_up.void is not None) is voided
    assert story.open == [ExceptionKind.LATE_SUCCESS]


def test_a_late_success_whose_void_was_not_made_stays_with_a_person() -> None:
    story = declined(REVERSE)
    story.told(paid())
    story.now = CUTOFF
    assert story.asked() is None
    assert story.open == [ExceptionKind.LATE_SUCCESS]
    void = story.attempt.follow_up.void
    assert void
    assert void.status is VoidStatus.NOT_MADE


# -- review ---------------------------------------------------------------------------------------


def test_a_late_success_waits_for_a_person_and_stops_further_attempts() -> None:
    story = declined(Rules())
    story.told(paid())
    assert story.payment.resend_at(story.rules) is None
    assert story.payment.next_action(story.at + MINUTE, story.rules) is None
    story.now += MINUTE
    with pytest.raises(OpenException):
        story.again()
    story.close(ExceptionKind.LATE_SUCCESS, Action.RETURNED)
    story.again()
    assert story.status is Status.AWAITING_CUSTOMER


def test_a_claim_is_refused_while_a_late_success_is_open() -> None:
    story = Story()
    story.told(NOT_SENT)
    assert story.status is Status.PENDING
    story.told(paid())
    with pytest.raises(OpenException):
        story.push()


def test_a_late_success_is_told_once_however_often_it_comes() -> None:
    story = declined(Rules())
    assert story.told(paid())
    assert not story.told(paid())
    assert story.kinds.count(EventType.LATE_SUCCESS) == 1


def test_a_silence_or_a_refusal_that_comes_too_late_says_nothing() -> None:
    story = declined(Rules())
    for outcome in (SILENCE, DECLINED, NOT_SENT, REVERSED, PENDING):
        assert not story.told(outcome)


# -- conflicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [DECLINED, REVERSED])
def test_a_refusal_or_73_of_what_is_paid_is_a_conflict_and_changes_nothing_else(
    outcome: Outcome,
) -> None:
    story = Story()
    story.told(paid())
    before = len(story.events)
    assert story.told(outcome)
    assert (story.status, story.open) == (Status.SUCCEEDED, [ExceptionKind.STATUS_CONFLICT])
    assert len(story.events) == before
    assert not story.told(outcome)


@for_each("outcome", [SILENCE, PENDING, NOT_FOUND, NOT_SENT, APPROVED])
def test_nothing_else_is_in_conflict_with_a_success(outcome: Outcome) -> None:
    story = Story()
    story.told(paid())
    assert not story.told(outcome)


def test_a_check_that_comes_back_after_the_success_is_in_conflict_too() -> None:
    story = unknown(at=20 * SECOND)
    story.now = 20 * SECOND
    question = story.asked()
    assert question
    story.told(paid())
    assert story.heard(question, DECLINED)
    assert story.open == [ExceptionKind.STATUS_CONFLICT]


@pytest.mark.parametrize("said", [APPROVED, REVERSED])
def test_a_reversal_that_took_after_a_person_said_paid_is_a_conflict(said: Outcome) -> None:
    story = spent()
    clocks = story.rules.clocks
    question = story.attempt.follow_up.reversals[-1]
    lost = story.now
    story.now = lost + clocks.decision_gone
    story.resolve(paid=True)
    assert story.status is Status.SUCCEEDED

    reversal = Question(QuestionKind.REVERSAL, question.number, question.decided)
    story.heard(reversal, said, sent=lost)
    assert (story.status, story.open) == (Status.SUCCEEDED, [ExceptionKind.STATUS_CONFLICT])


def test_a_late_success_is_not_honoured_in_a_payment_that_was_paid_and_refunded() -> None:
    """Money that went back is no reason to take more."""
    story = declined(HONOUR)
    story.now += MINUTE
    story.again()
    story.told(paid("another"), "att_2")
    story.refund()
    story.told(paid())
    assert story.is_(Status.SUCCEEDED)
    assert story.open == [ExceptionKind.LATE_SUCCESS]


def test_a_payment_is_honoured_only_by_its_own_rules() -> None:
    story = declined(HONOUR)
    story.now += MINUTE
    story.again()
    assert not may_honour(story.payment, story.attempt)
    waiting = replace(story.payment, status=Status.REQUIRES_RETRY)
    assert not may_honour(waiting, story.attempt)
    approved = replace(waiting.attempts[1], status=AttemptStatus.APPROVED)
    assert not may_honour(waiting.with_attempt(approved), story.attempt)
    ended = replace(waiting.attempts[1], status=AttemptStatus.DECLINED)
    assert may_honour(waiting.with_attempt(ended), story.attempt)


def test_a_void_is_wanted_once() -> None:
    story = declined(REVERSE)
    story.told(paid())
    wanted = story.attempt
    assert want_void(wanted, story.known()) is wanted


def test_73_about_a_push_that_was_voided_is_no_conflict() -> None:
    story = Story()
    story.told(paid())
    story.refund()
    story.next(APPROVED)
    assert not story.told(REVERSED)
    assert story.open == []


def test_an_approval_of_what_was_voided_is_no_late_success() -> None:
    story = spent(rules=REVERSE)
    story.next(paid())
    story.next(paid())
    story.next(APPROVED)
    assert story.attempt.proof is Proof.VOIDED
    assert not story.told(paid())
    assert story.open == []
