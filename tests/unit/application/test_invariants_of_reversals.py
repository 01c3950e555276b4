"""What may be reversed, as the invariants judge it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.invariants import breaches
from domain.attempt import AttemptStatus
from domain.follow_up import Decision
from domain.moment import Moment
from domain.outcome import Doubt
from domain.rules import Rulebook
from tests.builders import RULES, a_doubt, a_payment


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
