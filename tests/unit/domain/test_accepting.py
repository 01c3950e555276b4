"""A provider that takes a charge at once and tells later what became of it."""

from datetime import timedelta

import pytest

from domain.attempt import AttemptStatus, Proof
from domain.errors import PaymentIsUnknown
from domain.events import EventType
from domain.exception_record import ExceptionKind
from domain.follow_up import QuestionKind
from domain.moment import AttemptClocks
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Declined, Doubt, NotSent, Unknown
from domain.payment import Status
from domain.reason import TIMED_OUT
from domain.refund import RefundKind
from domain.rules import Rules
from tests.unit.domain.story import MINUTE, NOON, SECOND, TICK, Story, paid

CLOCKS = AttemptClocks(
    blocking=False,
    customer_window=75 * SECOND,
    wallet_answers_within=90 * SECOND,
    read_within=30 * SECOND,
)
RULES = Rules(clocks=CLOCKS, needs_phone=False, voids=False, most_reversals=0)
WITH_CANCEL = Rules(clocks=CLOCKS, needs_phone=False, voids=False, most_reversals=2)
QR = CustomerStep(NextAction.SHOW_QR, qr="00020101021226")
ACCEPTED = Accepted("2004700", {"reference_no": "Q-1"}, QR)
OPEN = Accepted("03")
EXPIRED = Declined("05", TIMED_OUT)


def accepted(rules: Rules = RULES, *, ends: timedelta | None = None) -> Story:
    """A charge that the provider has, two seconds after noon."""
    story = Story(rules=rules)
    story.now = 2 * SECOND
    ends_at = None if ends is None else NOON + ends
    story.told(Accepted("2004700", {"reference_no": "Q-1"}, QR, ends_at))
    return story


def test_it_is_pushed_though_nobody_gave_a_number() -> None:
    story = Story(rules=RULES)
    assert story.payment.phone is None
    assert story.is_(Status.AWAITING_CUSTOMER)


def test_until_the_provider_has_it_there_is_nothing_for_the_customer_to_do() -> None:
    story = Story(rules=RULES)
    assert story.payment.next_action(story.at, RULES) is None


def test_once_it_has_the_chat_is_told_what_to_show() -> None:
    story = accepted()
    assert story.payment.next_action(story.at, RULES) is NextAction.SHOW_QR
    assert story.attempt.step == QR
    assert story.attempt.handle == {"reference_no": "Q-1"}
    assert story.kinds[-2:] == [EventType.AWAITING_CUSTOMER, EventType.AWAITING_CUSTOMER]
    assert story.payment.sequence == 3


def test_nobody_is_shown_what_cannot_be_paid_any_more() -> None:
    story = accepted()
    story.now = CLOCKS.customer_window - TICK
    assert story.payment.next_action(story.at, RULES) is NextAction.SHOW_QR
    story.now += TICK
    assert story.is_(Status.AWAITING_CUSTOMER)
    assert story.payment.next_action(story.at, RULES) is None


def test_nobody_is_shown_what_is_to_be_canceled() -> None:
    story = accepted()
    story.cancel()
    assert story.payment.next_action(story.at, RULES) is None


def test_a_push_that_is_on_the_phone_is_told_of_until_it_is_answered() -> None:
    story = Story(rules=RULES)
    story.told(Accepted("201", {}, CustomerStep(NextAction.APPROVE_IN_OVO_APP)))
    story.cancel()
    story.now = CLOCKS.customer_window
    assert story.payment.next_action(story.at, RULES) is NextAction.APPROVE_IN_OVO_APP


def test_no_worker_holds_it_any_more() -> None:
    story = Story(rules=RULES)
    assert story.attempt.held
    assert not accepted().attempt.held
    assert accepted().payment.due_at is None


def test_it_is_asked_about_as_long_as_the_customer_may_pay_and_paid_once() -> None:
    story = accepted()
    assert story.next(OPEN) == (QuestionKind.CHECK, 17 * SECOND)
    assert story.is_(Status.AWAITING_CUSTOMER)
    assert story.next(Unknown(Doubt.SILENCE)) == (QuestionKind.CHECK, 32 * SECOND)
    assert story.next(paid()) == (QuestionKind.CHECK, 47 * SECOND)
    assert story.is_(Status.SUCCEEDED)
    assert story.payment.ask_at is None
    assert story.kinds.count(EventType.SUCCEEDED) == 1


def test_the_providers_refusal_ends_it() -> None:
    story = accepted()
    story.next(EXPIRED)
    assert story.is_(Status.REQUIRES_RETRY)
    assert story.attempt.status is AttemptStatus.DECLINED
    assert story.attempt.proof is Proof.REFUSED


def test_that_it_is_not_found_before_the_horizon_proves_nothing() -> None:
    story = accepted()
    story.next(Unknown(Doubt.NOT_FOUND, "07"))
    assert story.is_(Status.AWAITING_CUSTOMER)


def test_still_open_when_nothing_can_move_any_more_it_is_unknown_and_asked_on() -> None:
    story = accepted()
    while story.is_(Status.AWAITING_CUSTOMER):
        story.next(OPEN)
    assert story.is_(Status.UNKNOWN)
    assert story.now >= CLOCKS.horizon
    story.next(OPEN)
    assert story.open == [ExceptionKind.REVERSALS_SPENT], "nothing can be taken back: a person"
    assert story.next(Unknown(Doubt.NOT_FOUND, "07"))[0] is QuestionKind.CHECK
    assert story.attempt.proof is Proof.NOT_FOUND
    assert story.open == []


def test_a_window_of_the_providers_own_moves_the_horizon() -> None:
    story = accepted(ends=10 * MINUTE)
    assert story.attempt.window_ends_at == NOON + 10 * MINUTE
    while story.is_(Status.AWAITING_CUSTOMER):
        story.next(Unknown(Doubt.NOT_FOUND, "07"))
    assert story.now >= 10 * MINUTE
    assert story.attempt.proof is Proof.NOT_FOUND


def test_a_later_window_has_its_last_payment_settle_as_long_after_it_as_any_other() -> None:
    story = accepted(ends=10 * MINUTE)
    settles = CLOCKS.wallet_answers_within - CLOCKS.customer_window
    story.now = 10 * MINUTE + CLOCKS.on_the_wire + CLOCKS.status_lag + CLOCKS.skew
    story.next(Unknown(Doubt.NOT_FOUND, "07"))
    assert story.is_(Status.AWAITING_CUSTOMER)
    story.now += settles
    story.next(Unknown(Doubt.NOT_FOUND, "07"))
    assert story.attempt.proof is Proof.NOT_FOUND


def test_a_person_does_not_decide_while_the_customer_may_pay() -> None:
    story = accepted(ends=10 * MINUTE)
    story.next(Unknown(Doubt.MISMATCH, "00"))
    assert story.is_(Status.UNKNOWN)
    assert story.open == [ExceptionKind.MISMATCH]
    story.now = CLOCKS.horizon + SECOND
    with pytest.raises(PaymentIsUnknown):
        story.resolve(paid=False)
    story.now = 11 * MINUTE
    story.resolve(paid=False)
    assert story.attempt.proof is Proof.OPERATOR


def test_it_is_never_taken_back_while_the_customer_may_pay() -> None:
    story = accepted(WITH_CANCEL)
    kinds = []
    while story.is_(Status.AWAITING_CUSTOMER):
        kinds.append(story.next(OPEN)[0])
    assert set(kinds) == {QuestionKind.CHECK}
    assert story.next(OPEN)[0] is QuestionKind.CHECK
    assert story.next()[0] is QuestionKind.REVERSAL


def test_a_silent_charge_is_taken_back_only_when_its_window_is_over() -> None:
    story = Story(rules=WITH_CANCEL)
    story.now = 32 * SECOND
    story.told(Unknown(Doubt.SILENCE))
    kind, age = story.next(Unknown(Doubt.SILENCE))
    while kind is QuestionKind.CHECK:
        kind, age = story.next(Unknown(Doubt.SILENCE))
    assert kind is QuestionKind.REVERSAL
    assert age >= CLOCKS.reverse_after > CLOCKS.answer_within


def test_an_answer_that_comes_after_a_notification_changes_nothing() -> None:
    story = Story(rules=RULES)
    assert story.told(paid())
    before = story.payment
    assert not story.told(ACCEPTED)
    assert story.payment == before


def test_accepted_twice_is_accepted_once() -> None:
    story = accepted()
    before = story.payment
    assert not story.told(ACCEPTED)
    assert not story.told(NotSent("late"))
    assert not story.told(Unknown(Doubt.SILENCE))
    assert story.payment == before


def test_accepted_after_its_worker_was_given_up_it_stays_unknown_and_keeps_its_name() -> None:
    story = Story(rules=RULES)
    story.told(Unknown(Doubt.WORKER_LOST))
    assert story.told(ACCEPTED)
    assert story.is_(Status.UNKNOWN)
    assert story.attempt.handle == {"reference_no": "Q-1"}
    assert story.attempt.step is None, "nobody shall pay what may be taken back"
    assert story.payment.next_action(story.at, RULES) is None


def test_a_wish_to_cancel_waits_for_the_customers_window() -> None:
    story = accepted()
    assert story.cancel()
    assert story.is_(Status.AWAITING_CUSTOMER)
    story.next(EXPIRED)
    assert story.is_(Status.CANCELED)


def test_a_provider_without_voids_is_asked_for_none() -> None:
    story = accepted()
    story.next(paid())
    story.refund()
    assert [refund.kind for refund in story.payment.refunds] == [RefundKind.MANUAL]
    assert story.payment.ask_at is None
