"""A provider's own word that proves nothing by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import hinting
from domain.attempt import AttemptStatus
from domain.exception_record import ExceptionKind
from domain.moment import AttemptClocks
from domain.outcome import Accepted, Approved, Declined, Doubt, Outcome, Unknown
from domain.payment import Change, Status
from domain.reason import TIMED_OUT
from domain.rules import Rules
from tests.unit.domain.story import NOON, SECOND, Story, paid

LATER = Rules(
    clocks=AttemptClocks(
        blocking=False,
        customer_window=75 * SECOND,
        wallet_answers_within=90 * SECOND,
        read_within=30 * SECOND,
    ),
    needs_phone=False,
    voids=False,
    most_reversals=0,
)
EXPIRED = Declined("expire", TIMED_OUT)
UNCLEAR = Unknown(Doubt.UNHEARD_OF, "challenge")
OTHER_AMOUNT = Unknown(Doubt.MISMATCH, "settlement")
CHARGED_BACK = Unknown(Doubt.UNHEARD_OF, "chargeback", alarm=True)
TAKEN_BACK = Unknown(Doubt.REVERSED, "VOIDED")


def hinted(story: Story, outcome: Outcome) -> Change | None:
    """What the hint changes."""
    return hinting.hint(story.payment, story.attempt.id, outcome, story.known())


def accepted(now: timedelta = 2 * SECOND) -> Story:
    """A charge that the provider has, two seconds after noon."""
    story = Story(rules=LATER)
    story.now = now
    story.told(Accepted("201"))
    return story


@pytest.mark.parametrize("outcome", [EXPIRED, UNCLEAR])
def test_the_provider_is_asked_at_once_while_the_customer_is_awaited(outcome: Outcome) -> None:
    story = accepted()
    story.now = 3 * SECOND
    change = hinted(story, outcome)
    assert change is not None
    assert change.payment.ask_at == NOON + 3 * SECOND
    assert change.payment.status is Status.AWAITING_CUSTOMER
    assert change.events == ()


def test_but_not_within_fifteen_seconds_of_the_last_question() -> None:
    story = accepted()
    story.now = 17 * SECOND
    story.next(Accepted("pending"))
    asked = story.now
    story.now += 2 * SECOND
    assert story.payment.ask_at == NOON + asked + LATER.check_every
    assert hinted(story, UNCLEAR) is None  # it is asked then in any case


def test_while_a_question_is_out_its_answer_is_waited_for() -> None:
    story = accepted()
    story.now = 17 * SECOND
    assert story.asked() is not None
    assert hinted(story, UNCLEAR) is None


def test_while_the_push_is_out_its_answer_is_waited_for() -> None:
    story = Story(rules=LATER)
    assert hinted(story, EXPIRED) is None


def test_that_the_customer_may_still_pay_is_no_news() -> None:
    assert hinted(accepted(), Accepted("pending")) is None


def test_an_approval_that_was_not_believed_has_the_provider_asked() -> None:
    change = hinted(accepted(), Approved("settlement"))
    assert change is not None
    assert change.payment.status is Status.AWAITING_CUSTOMER


def test_another_amount_opens_one_exception_for_ever() -> None:
    story = accepted()
    change = hinted(story, OTHER_AMOUNT)
    assert change is not None
    (record,) = change.payment.exceptions
    assert (record.kind, record.code) == (ExceptionKind.MISMATCH, "settlement")
    assert change.payment.ask_at == NOON + story.now
    story.payment = change.payment
    assert hinted(story, OTHER_AMOUNT) is None


def test_a_refusal_of_what_is_paid_is_a_conflict_and_changes_nothing_else() -> None:
    story = accepted()
    story.told(paid())
    change = hinted(story, EXPIRED)
    assert change is not None
    assert [e.kind for e in change.payment.exceptions] == [ExceptionKind.STATUS_CONFLICT]
    assert change.payment.status is Status.SUCCEEDED
    assert change.payment.attempts[0].status is AttemptStatus.APPROVED


def test_what_is_over_is_not_asked_about_sooner() -> None:
    story = accepted()
    story.told(EXPIRED)
    for outcome in (EXPIRED, UNCLEAR, Accepted("pending")):
        assert hinted(story, outcome) is None


def test_that_it_was_charged_back_is_told_to_a_person_once() -> None:
    story = accepted()
    story.told(paid())
    change = hinted(story, CHARGED_BACK)
    assert change is not None
    (record,) = change.payment.exceptions
    assert (record.kind, record.code) == (ExceptionKind.STATUS_CONFLICT, "chargeback")
    assert change.payment.status is Status.SUCCEEDED
    story.payment = change.payment
    assert hinted(story, CHARGED_BACK) is None


def test_that_something_went_back_is_no_news_where_it_was_asked_for_here() -> None:
    story = accepted()
    story.told(paid())
    story.refund(20_000)
    assert hinted(story, Unknown(Doubt.UNHEARD_OF, "partial_refund", alarm=True)) is None


def test_that_it_is_still_on_its_way_is_no_news_of_what_is_paid() -> None:
    story = accepted()
    story.told(paid())
    assert hinted(story, Unknown(Doubt.PENDING, "FAILED")) is None


def voided() -> Story:
    """Paid, and a void of it is on its way of which nothing was heard."""
    story = accepted()
    story.rules = replace(LATER, voids=True)
    story.told(paid())
    story.refund()
    return story


def test_that_our_own_void_took_is_no_conflict_and_has_it_asked_about_at_once() -> None:
    story = voided()
    story.next(Unknown(Doubt.SILENCE))
    story.now += SECOND
    change = hinted(story, TAKEN_BACK)
    assert change is not None
    assert change.payment.exceptions == ()
    assert change.payment.ask_at == NOON + story.now
    story.payment = change.payment
    story.next(Approved("VOIDED"))
    assert story.is_(Status.REFUNDED)
    assert story.open == []


def test_while_our_void_is_out_its_own_answer_is_waited_for() -> None:
    story = voided()
    assert story.asked() is not None
    assert hinted(story, TAKEN_BACK) is None


def test_that_it_was_taken_back_before_our_void_left_is_a_conflict() -> None:
    change = hinted(voided(), TAKEN_BACK)
    assert change is not None
    assert [e.kind for e in change.payment.exceptions] == [ExceptionKind.STATUS_CONFLICT]
