"""What may happen to a payment, step by step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, product

import pytest

from domain.attempt import AttemptStatus, References
from domain.errors import (
    AttemptsExhausted,
    Cooldown,
    IllegalTransition,
    OpenException,
    PaymentIsUnknown,
)
from domain.events import EventType
from domain.exception_record import ExceptionKind
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.payment import (
    FINAL,
    LIVE,
    TRANSITIONS,
    Change,
    NextAction,
    Payment,
    Status,
)
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from domain.rules import Rules
from domain.settling import NOT_SENT_DELAYS, Knowledge
from tests.unit.cases import for_each

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
RULES = Rules()
CLOCKS = RULES.clocks
NO = Reason(
    ReasonCode.DECLINED_BY_CUSTOMER, "17", True, WhoCanFix.CUSTOMER, Texts(id="tidak", en="no")
)
DECLINED = Declined("17", NO)
REFUSED = Declined("30", replace(NO, code=ReasonCode.PROVIDER_REJECTED), final=True)
APPROVED = Approved("00", {"approval_code": "410315"})
SILENCE = Unknown(Doubt.SILENCE)
NOT_SENT = NotSent("no connection")


def ids(kind: str = "evt") -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{kind}_{next(numbers):032x}"


def known(at: datetime) -> Knowledge:
    numbers = count(1)
    return Knowledge(at, RULES, lambda kind: f"{kind}_{next(numbers):032x}")


def a_start(phone: str | None = "081234567890", expires_in: float = 3_600) -> Change:
    order = Order(
        order_id="consult-1",
        amount=Money(50_000),
        method="ovo_push",
        provider="ovo",
        expires_in=timedelta(seconds=expires_in),
        phone=Msisdn(phone) if phone else None,
    )
    return Payment.start(
        id="pay_1", merchant_id="mer_1", livemode=False, order=order, at=NOON, event_id="evt_0"
    )


def pushed(payment: Payment, at: datetime = NOON) -> Change:
    number = len(payment.attempts) + 1
    return payment.push(
        attempt_id=f"att_{number}",
        references=References({"reference_no": number}, (f"ref:{number}",)),
        claim=Moment(at, "boot", timedelta(seconds=1)),
        worker="w1",
        rules=RULES,
        new_event_id=ids(),
    )


def told(payment: Payment, outcome: Outcome, at: datetime = NOON) -> Change | None:
    return payment.record(payment.attempts[-1].id, outcome, known=known(at))


def after(payment: Payment, outcome: Outcome, at: datetime = NOON) -> Payment:
    change = told(payment, outcome, at)
    assert change is not None
    return change.payment


@pytest.fixture
def waiting() -> Payment:
    return pushed(a_start().payment).payment


def test_a_start_is_pending_due_at_once_and_told_as_sequence_one() -> None:
    change = a_start()
    assert change.payment.status is Status.PENDING
    assert change.payment.due_at == NOON
    assert (change.payment.version, change.payment.sequence) == (1, 1)
    assert [(e.type, e.sequence) for e in change.events] == [(EventType.CREATED, 1)]


def test_without_a_phone_it_waits_for_one_and_is_due_only_to_expire() -> None:
    payment = a_start(phone=None).payment
    assert payment.due_at == payment.expires_at
    assert payment.next_action(NOON, RULES) is NextAction.COLLECT_PHONE
    with pytest.raises(IllegalTransition):
        pushed(payment)
    asked = payment.ask_again(Msisdn("081234567890"), at=NOON, rules=RULES).payment
    assert asked.due_at == NOON
    assert pushed(asked).payment.status is Status.AWAITING_CUSTOMER


def test_a_push_is_written_down_before_it_is_made(waiting: Payment) -> None:
    attempt = waiting.attempts[0]
    assert attempt.status is AttemptStatus.WAITING
    assert attempt.window_ends_at == NOON + timedelta(seconds=55)
    assert waiting.due_at == NOON + CLOCKS.answer_within
    assert waiting.next_action(NOON, RULES) is NextAction.APPROVE_IN_OVO_APP


def test_an_approval_succeeds_exactly_once(waiting: Payment) -> None:
    change = told(waiting, APPROVED)
    assert change
    assert [e.type for e in change.events] == [EventType.SUCCEEDED]
    assert change.payment.details["approval_code"] == "410315"
    assert change.payment.due_at is None
    for again in (APPROVED, SILENCE, NOT_SENT):
        assert told(change.payment, again) is None


def test_a_refusal_of_what_was_paid_changes_nothing_but_opens_an_exception_once(
    waiting: Payment,
) -> None:
    paid = after(waiting, APPROVED)
    change = told(paid, DECLINED)
    assert change
    assert change.events == ()
    assert change.payment.status is Status.SUCCEEDED
    assert [e.kind for e in change.payment.exceptions] == [ExceptionKind.STATUS_CONFLICT]
    assert told(change.payment, DECLINED) is None


def test_a_refusal_lets_the_customer_try_again(waiting: Payment) -> None:
    payment = after(waiting, DECLINED)
    assert payment.status is Status.REQUIRES_RETRY
    assert payment.reason == NO
    assert payment.due_at == payment.expires_at
    assert payment.next_action(NOON, RULES) is NextAction.RETRY


def test_a_final_refusal_fails(waiting: Payment) -> None:
    assert after(waiting, REFUSED).status is Status.FAILED


def test_the_last_attempt_fails() -> None:
    payment, at = a_start().payment, NOON
    for number in range(1, RULES.most_attempts + 1):
        payment = after(pushed(payment, at).payment, DECLINED, at)
        if number < RULES.most_attempts:
            at += timedelta(seconds=15)
            payment = payment.ask_again(None, at=at, rules=RULES).payment
    assert payment.status is Status.FAILED
    assert len(payment.attempts) == RULES.most_attempts


def test_silence_is_unknown_and_only_good_news_or_a_refusal_changes_it(waiting: Payment) -> None:
    unknown = after(waiting, SILENCE)
    assert unknown.status is Status.UNKNOWN
    assert unknown.next_action(NOON, RULES) is None
    assert told(unknown, SILENCE) is None
    assert after(unknown, APPROVED).status is Status.SUCCEEDED
    assert after(unknown, DECLINED).status is Status.REQUIRES_RETRY


def test_every_operation_on_an_unknown_payment_waits_for_the_truth(waiting: Payment) -> None:
    unknown = after(waiting, SILENCE)
    with pytest.raises(PaymentIsUnknown):
        unknown.ask_again(None, at=NOON, rules=RULES)
    wish = unknown.cancel(at=NOON, new_event_id=ids())
    assert wish
    assert wish.payment.status is Status.UNKNOWN
    assert wish.payment.cancel_requested_at == NOON


def test_not_sent_is_tried_again_three_times_then_the_customer_is_asked() -> None:
    payment, at = a_start().payment, NOON
    for delay in NOT_SENT_DELAYS:
        payment = after(pushed(payment, at).payment, NOT_SENT, at)
        assert payment.status is Status.PENDING
        assert payment.due_at == at + delay
        at = payment.due_at
    payment = after(pushed(payment, at).payment, NOT_SENT, at)
    assert payment.status is Status.REQUIRES_RETRY
    assert payment.reason
    assert payment.reason.code is ReasonCode.WALLET_UNREACHABLE
    assert payment.attempts_left(RULES) == RULES.most_attempts
    assert len({a.references.unique for a in payment.attempts}) == len(payment.attempts)


def test_not_sent_proves_a_lost_worker_wrong(waiting: Payment) -> None:
    lost = after(waiting, Unknown(Doubt.WORKER_LOST))
    assert lost.attempts[0].answered_at is None
    assert after(lost, NOT_SENT).status is Status.REQUIRES_RETRY


def test_cancel_is_at_once_where_nothing_is_out() -> None:
    change = a_start().payment.cancel(at=NOON, new_event_id=ids())
    assert change
    assert change.payment.status is Status.CANCELED
    assert [e.type for e in change.events] == [EventType.CANCELED]
    assert change.payment.cancel(at=NOON, new_event_id=ids()) is None


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (APPROVED, Status.SUCCEEDED),
        (DECLINED, Status.CANCELED),
        (REFUSED, Status.CANCELED),
        (NOT_SENT, Status.CANCELED),
        (SILENCE, Status.UNKNOWN),
    ],
)
def test_a_wish_to_cancel_respects_a_push_in_flight(
    waiting: Payment, outcome: Outcome, status: Status
) -> None:
    wish = waiting.cancel(at=NOON, new_event_id=ids())
    assert wish
    assert (wish.payment.status, wish.events) == (Status.AWAITING_CUSTOMER, ())
    assert wish.payment.cancel(at=NOON, new_event_id=ids()) is None
    assert after(wish.payment, outcome).status is status


def test_only_what_waits_for_its_customer_expires(waiting: Payment) -> None:
    end = waiting.expires_at
    assert waiting.expire(at=end, new_event_id=ids()) is None
    assert a_start().payment.expire(at=end - timedelta(seconds=1), new_event_id=ids()) is None
    change = a_start().payment.expire(at=end, new_event_id=ids())
    assert change
    assert change.payment.status is Status.EXPIRED
    assert after(waiting, DECLINED, end).status is Status.EXPIRED
    assert after(waiting, SILENCE, end).status is Status.UNKNOWN


def test_no_push_starts_when_it_could_not_end_in_the_payments_life() -> None:
    payment = a_start(expires_in=120).payment
    assert len(pushed(payment, NOON + timedelta(seconds=15)).payment.attempts) == 1
    with pytest.raises(AttemptsExhausted):
        pushed(payment, NOON + timedelta(seconds=15, microseconds=1))
    assert payment.next_action(NOON + timedelta(seconds=16), RULES) is None


def test_a_resend_waits_for_the_cooldown_and_for_the_end_of_the_one_before(
    waiting: Payment,
) -> None:
    with pytest.raises(IllegalTransition):
        waiting.ask_again(None, at=NOON, rules=RULES)
    declined = after(waiting, DECLINED)
    with pytest.raises(Cooldown) as early:
        declined.ask_again(None, at=NOON + timedelta(seconds=14), rules=RULES)
    assert early.value.retry_after == timedelta(seconds=1)
    again = declined.ask_again(Msisdn("081298765432"), at=NOON + timedelta(seconds=15), rules=RULES)
    assert again.payment.status is Status.PENDING
    assert pushed(again.payment).payment.attempts[1].phone == Msisdn("081298765432")


def test_an_approval_of_a_concluded_attempt_is_kept_told_and_stops_further_attempts(
    waiting: Payment,
) -> None:
    declined = after(waiting, DECLINED)
    late = told(declined, APPROVED)
    assert late
    assert late.payment.status is Status.REQUIRES_RETRY
    assert [e.type for e in late.events] == [EventType.LATE_SUCCESS]
    assert told(late.payment, APPROVED) is None
    with pytest.raises(OpenException):
        late.payment.ask_again(None, at=NOON + timedelta(minutes=1), rules=RULES)


def test_a_late_approval_is_kept_while_a_later_attempt_is_live(waiting: Payment) -> None:
    declined = after(waiting, DECLINED)
    at = NOON + timedelta(seconds=15)
    second = pushed(declined.ask_again(None, at=at, rules=RULES).payment, at).payment
    late = second.record("att_1", APPROVED, known=known(at))
    assert late
    assert [e.attempt_id for e in late.payment.exceptions] == ["att_1"]
    assert late.payment.status is Status.AWAITING_CUSTOMER


def test_an_outcome_of_an_attempt_that_is_not_there_is_refused(waiting: Payment) -> None:
    with pytest.raises(KeyError):
        waiting.record("att_9", APPROVED, known=known(NOON))


@for_each(("before", "status"), list(product(Status, Status)))
def test_every_pair_outside_the_table_is_refused(before: Status, status: Status) -> None:
    payment = replace(a_start().payment, status=before)
    if status in TRANSITIONS[before]:
        assert payment.become(payment, status, NOON, ids()).payment.status is status
    else:
        with pytest.raises(IllegalTransition):
            payment.become(payment, status, NOON, ids())


def test_the_table_is_the_promised_one() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert set(Status) == LIVE | FINAL
    assert not LIVE & FINAL
    from_nothing_moved = {Status.FAILED, Status.EXPIRED, Status.CANCELED}
    assert all(TRANSITIONS[status] == {Status.SUCCEEDED} for status in from_nothing_moved)
    assert Status.FAILED not in TRANSITIONS[Status.SUCCEEDED]


def test_the_sequence_counts_events_and_the_version_saves() -> None:
    start = a_start()
    claim = pushed(start.payment)
    back = told(claim.payment, NOT_SENT)
    assert back
    again = pushed(back.payment)
    assert [e.sequence for c in (start, claim, back, again) for e in c.events] == [1, 2, 3]
    assert again.payment.version == 4
    assert again.events[0].subject is again.payment


def test_the_order_is_free_again_only_when_no_money_is_or_may_be_taken() -> None:
    holds = {s for s in Status if replace(a_start().payment, status=s).live_order}
    free = {Status.FAILED, Status.EXPIRED, Status.CANCELED, Status.REFUNDED}
    assert holds == set(Status) - free
