"""A rule that is broken on purpose."""

from domain import settling
from domain.attempt import Attempt, Proof
from domain.outcome import Unknown
from domain.payment import Change, Payment
from domain.settling import Knowledge

CHARGED_TWICE = 5
"""The invariant that it breaks."""


def hasty(payment: Payment, attempt: Attempt, outcome: Unknown, known: Knowledge) -> Change:
    """Silence taken for a no: the mistake that charges twice. In the place of `settling.doubt`."""
    assert outcome.doubt
    return settling.not_charged(payment, attempt, Proof.NOT_FOUND, known)
