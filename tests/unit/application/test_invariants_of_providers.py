"""Each payment is judged by the rules of its own provider."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.invariants import breaches
from domain.attempt import AttemptStatus, Proof
from domain.outcome import Doubt
from domain.payment import Payment
from domain.rules import Rulebook, Rules
from domain.settling import horizon_of
from tests.builders import RULES, a_doubt, a_payment

NO_REVERSALS = Rules(most_reversals=0)
BOOK = Rulebook(RULES, {"other": NO_REVERSALS})


def of(provider: str, payment: Payment) -> Payment:
    return replace(payment, order=replace(payment.order, provider=provider))


def asked_late(payment: Payment, seconds: int) -> Payment:
    """Checked that long after the horizon, without an end."""
    (attempt,) = payment.attempts
    at = attempt.claimed.at + horizon_of(attempt, RULES) + timedelta(seconds=seconds)
    follow_up = replace(attempt.follow_up, checked=True, asked_at=at)
    return payment.with_attempt(replace(attempt, follow_up=follow_up))


def names(payment: Payment) -> set[str]:
    assert payment.attempts[0].follow_up.asked_at
    at = payment.attempts[0].follow_up.asked_at
    return {breach.name for breach in breaches([payment], now=at, rules=BOOK)}


@pytest.mark.parametrize(("provider", "is_broken"), [("ovo", False), ("other", True)])
def test_where_nothing_is_taken_back_a_person_is_told_after_the_horizon(
    provider: str, is_broken: bool
) -> None:
    payment = of(provider, asked_late(a_payment(a_doubt(Doubt.SILENCE)), seconds=1))
    assert ("a person is told at the end" in names(payment)) is is_broken


@pytest.mark.parametrize(("minutes", "is_broken"), [(2, True), (20, False)])
def test_a_no_is_late_enough_by_the_window_that_the_provider_told(
    minutes: int, is_broken: bool
) -> None:
    payment = asked_late(a_payment(a_doubt(Doubt.SILENCE)), seconds=minutes * 60)
    (attempt,) = payment.attempts
    ended = replace(
        attempt,
        status=AttemptStatus.NOT_CHARGED,
        proof=Proof.NOT_FOUND,
        accepted_at=attempt.claimed.at,
        window_ends_at=attempt.claimed.at + timedelta(minutes=10),
    )
    told = payment.with_attempt(ended)
    assert ("no is believed after the horizon" in names(told)) is is_broken
