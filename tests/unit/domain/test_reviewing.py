"""What a person decides, when, and on whose evidence."""

from datetime import timedelta

import pytest

from domain import reviewing
from domain.attempt import AttemptStatus, Proof
from domain.errors import IllegalTransition, PaymentIsUnknown
from domain.events import EventType
from domain.exception_record import ACTIONS, Action, ExceptionKind
from domain.follow_up import QuestionKind, VoidStatus
from domain.history import LUNAS
from domain.payment import Status
from domain.rules import Rules
from tests.unit.cases import for_each
from tests.unit.domain.story import DAY, HOUR, MINUTE, SECOND, SITI, TICK, Story, paid
from tests.unit.domain.test_payment import APPROVED, DECLINED, NOT_SENT, SILENCE
from tests.unit.domain.test_resolving import (
    DUPLICATE,
    HORIZON,
    NOT_FOUND,
    OTHER,
    PENDING,
    TOO_OLD,
    spent,
    unknown,
)
from tests.unit.domain.test_settling import CUTOFF, HONOUR, REVERSE, declined

GONE = Rules().clocks.decision_gone


# -- an unknown payment ---------------------------------------------------------------------------


@pytest.mark.parametrize("paid_", [True, False])
def test_a_person_waits_for_the_horizon_to_the_microsecond(paid_: bool) -> None:
    story = unknown(at=20 * SECOND)
    story.now = HORIZON - TICK
    with pytest.raises(PaymentIsUnknown) as early:
        story.resolve(paid=paid_)
    assert early.value.retry_after == TICK
    story.now = HORIZON
    story.resolve(paid=paid_)
    assert story.status is (Status.SUCCEEDED if paid_ else Status.REQUIRES_RETRY)


def test_a_person_waits_until_no_reversal_can_be_on_its_way() -> None:
    story = spent()
    decided = story.now
    story.now = decided + GONE - TICK
    with pytest.raises(PaymentIsUnknown) as early:
        story.resolve(paid=False)
    assert early.value.retry_after == TICK
    story.now = decided + GONE
    story.resolve(paid=False)
    assert story.attempt.proof is Proof.OPERATOR


def test_a_person_waits_until_no_void_can_be_on_its_way() -> None:
    story = spent(rules=REVERSE)
    story.next(paid())
    story.next(paid())
    kind, decided = story.next(SILENCE)
    assert kind is QuestionKind.VOID
    story.now = decided + GONE - TICK
    with pytest.raises(PaymentIsUnknown):
        story.resolve(paid=True)
    story.now = decided + GONE
    story.resolve(paid=True)
    assert story.status is Status.SUCCEEDED


def test_who_says_not_paid_closes_the_exception_and_the_attempt_is_watched_on() -> None:
    story = spent()
    story.next(PENDING)
    story.now += GONE
    assert story.close(ExceptionKind.REVERSALS_SPENT, Action.NOT_PAID)
    assert (story.status, story.open) == (Status.REQUIRES_RETRY, [])
    assert story.attempt.status is AttemptStatus.NOT_CHARGED
    assert story.ask_age == story.now + 15 * MINUTE
    story.next(paid())
    assert story.open == [ExceptionKind.LATE_SUCCESS]


def test_who_says_not_paid_does_not_end_a_void_that_may_have_been_made() -> None:
    story = spent(rules=REVERSE)
    story.next(paid())
    story.next(paid())
    assert story.next(SILENCE)[0] is QuestionKind.VOID
    story.now += GONE
    story.resolve(paid=False)
    assert story.ask_age is not None
    assert story.next(APPROVED)[0] is QuestionKind.VOID_CHECK
    void = story.attempt.follow_up.void
    assert void
    assert void.status is VoidStatus.DONE
    assert story.status is Status.REQUIRES_RETRY


def test_a_void_that_was_made_after_a_person_said_paid_is_told() -> None:
    story = spent(rules=REVERSE)
    story.next(paid())
    story.next(paid())
    story.now = story.ask_age or story.now
    void = story.asked()
    assert void
    story.now += GONE
    story.resolve(paid=True)
    assert story.heard(void, APPROVED)
    assert (story.status, story.open) == (Status.SUCCEEDED, [ExceptionKind.REFUND_CONFLICT])


def test_who_says_paid_after_a_reversal_was_decided_is_always_on_record() -> None:
    story = unknown(at=HORIZON)
    story.next(SILENCE)
    story.next(SILENCE)
    story.now += GONE
    story.resolve(paid=True)
    (record,) = story.payment.exceptions
    assert (record.kind, record.open) == (ExceptionKind.REVERSALS_SPENT, False)
    assert record.closed
    assert (record.closed.actor, record.closed.evidence) == ("siti", "file of 24 November")
    assert story.kinds.count(EventType.SUCCEEDED) == 1


def test_a_person_decides_what_a_timer_never_does() -> None:
    story = spent()
    story.now = 8 * DAY
    story.asked()
    assert story.ask_age is None
    story.resolve(paid=False)
    assert story.status is Status.EXPIRED  # its life is over


def test_a_wish_to_cancel_is_granted_when_a_person_says_not_paid() -> None:
    story = unknown(at=20 * SECOND)
    story.cancel()
    story.now = HORIZON
    story.resolve(paid=False)
    assert story.status is Status.CANCELED


def test_only_an_unknown_payment_is_resolved() -> None:
    for story in (Story(), declined(Rules())):
        story.now = HOUR
        with pytest.raises(IllegalTransition):
            story.resolve(paid=True)


# -- exceptions -----------------------------------------------------------------------------------


def with_open(kind: ExceptionKind) -> Story:
    """A story that has come to such an exception."""
    match kind:
        case ExceptionKind.LATE_SUCCESS:
            story = declined(Rules())
            story.told(paid())
        case ExceptionKind.REVERSALS_SPENT:
            story = spent()
            story.next(PENDING)
        case ExceptionKind.REVERSAL_NOT_TAKEN:
            story = spent()
            story.next(paid())
            story.next(paid())
        case ExceptionKind.DUPLICATE_REFERENCE:
            story = unknown(DUPLICATE)
            story.next(paid(None))
        case ExceptionKind.MISMATCH:
            story = unknown(OTHER)
        case ExceptionKind.TOO_OLD:
            story = unknown()
            story.next(TOO_OLD)
        case ExceptionKind.STILL_UNKNOWN:
            story = unknown(at=6 * DAY)
            story.asked()
        case ExceptionKind.STATUS_CONFLICT:
            story = Story()
            story.told(paid())
            story.told(DECLINED)
        case ExceptionKind.EVIDENCE_REUSED:
            story = Story()
            story.told(paid(), evidence_is_new=False)
        case ExceptionKind.REFUND_UNRESOLVED:
            story = Story()
            story.told(paid())
            story.refund()
            story.next(SILENCE)
            story.next(TOO_OLD)
        case ExceptionKind.REFUND_CONFLICT:
            story = Story()
            story.told(paid())
            story.refund()
            lost = story.asked()
            while story.ask_age is not None:
                story.next(NOT_FOUND)
            assert lost
            story.heard(lost, APPROVED)
    assert kind in story.open
    story.now += HOUR
    return story


@for_each("kind", ExceptionKind)
def test_each_kind_of_exception_comes_to_be_and_takes_only_what_fits(kind: ExceptionKind) -> None:
    for action in set(Action) - set(ACTIONS[kind]):
        story = with_open(kind)
        before = story.payment
        with pytest.raises(IllegalTransition):
            story.close(kind, action)
        assert story.payment is before


@for_each(
    ("kind", "action", "status"),
    [
        (ExceptionKind.LATE_SUCCESS, Action.HONOUR, Status.SUCCEEDED),
        (ExceptionKind.LATE_SUCCESS, Action.RETURNED, Status.REQUIRES_RETRY),
        (ExceptionKind.REVERSAL_NOT_TAKEN, Action.PAID, Status.SUCCEEDED),
        (ExceptionKind.REVERSAL_NOT_TAKEN, Action.NOT_PAID, Status.EXPIRED),
        (ExceptionKind.REVERSALS_SPENT, Action.PAID, Status.SUCCEEDED),
        (ExceptionKind.REVERSALS_SPENT, Action.NOT_PAID, Status.EXPIRED),
        (ExceptionKind.DUPLICATE_REFERENCE, Action.PAID, Status.SUCCEEDED),
        (ExceptionKind.DUPLICATE_REFERENCE, Action.NOT_PAID, Status.EXPIRED),
        (ExceptionKind.MISMATCH, Action.PAID, Status.SUCCEEDED),
        (ExceptionKind.MISMATCH, Action.NOT_PAID, Status.EXPIRED),
        (ExceptionKind.TOO_OLD, Action.PAID, Status.SUCCEEDED),
        (ExceptionKind.TOO_OLD, Action.NOT_PAID, Status.EXPIRED),
        (ExceptionKind.STILL_UNKNOWN, Action.PAID, Status.SUCCEEDED),
        (ExceptionKind.STILL_UNKNOWN, Action.NOT_PAID, Status.EXPIRED),
        (ExceptionKind.STATUS_CONFLICT, Action.NOTED, Status.SUCCEEDED),
        (ExceptionKind.EVIDENCE_REUSED, Action.NOTED, Status.SUCCEEDED),
        (ExceptionKind.REFUND_UNRESOLVED, Action.NOTED, Status.SUCCEEDED),
        (ExceptionKind.REFUND_CONFLICT, Action.NOTED, Status.SUCCEEDED),
    ],
)
def test_what_a_person_decides_is_done_once(
    kind: ExceptionKind, action: Action, status: Status
) -> None:
    story = with_open(kind)
    assert story.close(kind, action)
    assert story.status is status
    assert kind not in story.open
    assert not story.close(kind, action)
    others = [other for other in ACTIONS[kind] if other is not action]
    for other in others:
        with pytest.raises(IllegalTransition):
            story.close(kind, other)


@pytest.mark.parametrize("kind", [ExceptionKind.DUPLICATE_REFERENCE, ExceptionKind.MISMATCH])
def test_nothing_is_put_aside_while_its_money_may_still_move(kind: ExceptionKind) -> None:
    story = with_open(kind)
    with pytest.raises(IllegalTransition):
        story.close(kind, Action.NOTED)


def test_an_exception_that_is_not_the_payments_is_not_there() -> None:
    story = with_open(ExceptionKind.LATE_SUCCESS)
    with pytest.raises(KeyError):
        reviewing.close(
            story.payment, "exc_9", Action.VOID, verdict=SITI, now=story.moment,
            known=story.known(),
        )  # fmt: skip


# -- a late success -------------------------------------------------------------------------------


def test_a_person_may_not_honour_what_was_being_reversed() -> None:
    story = spent(rules=HONOUR)
    story.next(NOT_FOUND)
    story.next(paid())
    with pytest.raises(IllegalTransition):
        story.close(ExceptionKind.LATE_SUCCESS, Action.HONOUR)


def test_a_person_may_not_honour_beside_a_live_attempt() -> None:
    story = declined(Rules())
    story.now += MINUTE
    story.again()
    story.told(paid())
    with pytest.raises(IllegalTransition):
        story.close(ExceptionKind.LATE_SUCCESS, Action.HONOUR)


@pytest.mark.parametrize("action", [Action.VOID, Action.RETURNED])
def test_what_was_honoured_goes_back_by_a_refund_and_by_nothing_else(action: Action) -> None:
    story = declined(HONOUR)
    story.told(paid())
    (record,) = story.payment.exceptions
    offered = reviewing.offered(story.payment, record, story.at, story.rules)
    assert offered == (Action.HONOUR,)
    with pytest.raises(IllegalTransition, match="refund it"):
        story.close(ExceptionKind.LATE_SUCCESS, action)
    assert story.close(ExceptionKind.LATE_SUCCESS, Action.HONOUR)
    assert (story.status, story.open) == (Status.SUCCEEDED, [])


def test_history_names_who_said_that_nothing_was_charged() -> None:
    story = unknown(at=HORIZON)
    story.resolve(paid=False)
    actors = {entry.action: entry.actor for entry in story.payment.history}
    assert actors["resolved"] == SITI.actor
    assert actors["not_charged"] == LUNAS


def test_a_person_may_have_a_late_success_voided_and_the_exception_waits_for_it() -> None:
    story = with_open(ExceptionKind.LATE_SUCCESS)
    assert story.close(ExceptionKind.LATE_SUCCESS, Action.VOID)
    assert story.open == [ExceptionKind.LATE_SUCCESS]
    with pytest.raises(IllegalTransition):
        story.close(ExceptionKind.LATE_SUCCESS, Action.RETURNED)
    assert story.next(APPROVED)[0] is QuestionKind.VOID
    assert story.open == []


@pytest.mark.parametrize(("age", "may"), [(CUTOFF - TICK, True), (CUTOFF, False)])
def test_a_person_may_have_it_voided_until_the_cut_off(age: timedelta, may: bool) -> None:
    story = declined(Rules())
    story.told(paid())
    story.now = age
    if may:
        assert story.close(ExceptionKind.LATE_SUCCESS, Action.VOID)
    else:
        with pytest.raises(IllegalTransition):
            story.close(ExceptionKind.LATE_SUCCESS, Action.VOID)


def test_a_payment_that_rested_for_the_exception_is_looked_at_again() -> None:
    story = Story()
    story.told(NOT_SENT)
    story.told(paid())
    rested = story.payment.rest(until=story.payment.expires_at, at=story.at)
    story.payment = rested.payment
    story.now = MINUTE
    story.close(ExceptionKind.LATE_SUCCESS, Action.RETURNED)
    assert story.payment.due_at == story.at


def test_a_person_may_not_have_it_voided_where_a_void_was_given_up() -> None:
    story = declined(REVERSE)
    story.told(paid())
    while story.ask_age is not None:
        story.next(NOT_FOUND)
    assert story.open == [ExceptionKind.LATE_SUCCESS]
    with pytest.raises(IllegalTransition):
        story.close(ExceptionKind.LATE_SUCCESS, Action.VOID)
