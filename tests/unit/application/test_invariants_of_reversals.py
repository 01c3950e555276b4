"""What may be reversed, as the invariants judge it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from application.invariants import Charge, breaches, waits_to_be_settled
from domain.attempt import AttemptStatus
from domain.exception_record import ExceptionKind, ExceptionRecord
from domain.follow_up import Decision
from domain.history import LUNAS
from domain.moment import Moment
from domain.outcome import Doubt
from domain.payment import Payment
from domain.rules import Rulebook
from tests.builders import NOON, RULES, a_decline, a_doubt, a_payment, after, an_approval


@pytest.mark.parametrize(("seconds", "is_broken"), [(-30, False), (60, True)])
def test_a_reversal_is_wrong_only_once_40_or_94_was_known(seconds: int, is_broken: bool) -> None:
    """A reversal decided while a paused process still held the 94 in its hands stands."""
    payment = a_payment(a_doubt(Doubt.DUPLICATE))
    (attempt,) = payment.attempts
    assert attempt.answered_at
    at = attempt.answered_at + timedelta(seconds=seconds)
    decision = Decision(1, Moment(at, "another boot", timedelta(0)))
    follow_up = replace(attempt.follow_up, reversals=(decision,))
    told = replace(attempt, status=AttemptStatus.REVERSING, follow_up=follow_up)
    found = breaches([payment.with_attempt(told)], now=at, rules=Rulebook(RULES))
    names = {breach.name for breach in found}
    assert ("nothing is reversed after 40 or 94" in names) is is_broken


def reversed_once(payment: Payment) -> Payment:
    """The payment with a reversal decided for its only attempt."""
    (attempt,) = payment.attempts
    decided = Decision(1, attempt.claimed)
    follow_up = replace(attempt.follow_up, reversals=(decided,))
    return payment.with_attempt(replace(attempt, follow_up=follow_up))


def with_a_late_success(payment: Payment) -> Payment:
    """The payment with an open exception about its only attempt."""
    (attempt,) = payment.attempts
    record = ExceptionRecord(
        "exc_1", ExceptionKind.LATE_SUCCESS, attempt.id, payment.order.amount, NOON
    )
    return replace(payment, exceptions=(record,))


def names(*payments: Payment, charges: Mapping[str, Charge] | None = None) -> set[str]:
    found = breaches(
        payments, now=after(60), rules=Rulebook(RULES), charges=charges, unseen_pause=True
    )
    return {breach.name for breach in found}


@pytest.mark.parametrize(("actor", "is_broken"), [(LUNAS, True), ("siti", False)])
def test_the_policy_honours_nothing_that_was_to_be_reversed(actor: str, is_broken: bool) -> None:
    """A person who looks into an exception may."""
    payment = with_a_late_success(reversed_once(a_payment(an_approval())))
    honoured = payment.noted(NOON, actor, "honoured", attempt=payment.attempts[0].id)
    assert ("no reversal was decided for what succeeded" in names(honoured)) is is_broken


def test_what_waits_to_be_settled_is_judged_by_its_record_alone() -> None:
    assert waits_to_be_settled(with_a_late_success(a_payment(a_decline())))
    assert not waits_to_be_settled(with_a_late_success(a_payment(an_approval())))
    assert not waits_to_be_settled(a_payment(a_decline()))


@pytest.mark.parametrize(
    ("reversed_", "ended", "is_broken"),
    [(True, True, False), (False, True, True), (True, False, True)],
)
def test_two_charges_at_once_are_excused_where_our_reversal_ended_one(
    *, reversed_: bool, ended: bool, is_broken: bool
) -> None:
    """An unseen pause let the push arrive after its attempt was concluded."""
    first = a_payment(a_decline(), order_id="one")
    second = a_payment(an_approval(), order_id="one")
    first = reversed_once(first) if reversed_ else first
    spans = {
        first.attempts[0].id: (after(1), after(5) if ended else None),
        second.attempts[0].id: (after(2), None),
    }
    charges = {name: Charge(name, 1, (span,), int(reversed_)) for name, span in spans.items()}
    told = names(first, second, charges=charges)
    assert ("an order is charged once at a time" in told) is is_broken
