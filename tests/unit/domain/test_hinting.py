"""A provider's own word that proves nothing by itself."""

from datetime import timedelta

import pytest

from domain import resolving
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


def hinted(story: Story, outcome: Outcome) -> Change | None:
    """What the hint changes."""
    return resolving.hint(story.payment, story.attempt.id, outcome, story.known())


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
