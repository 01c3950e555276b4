"""What has the wallet asked sooner: somebody looks, or a provider tells by itself.

Neither proves anything.
"""

from datetime import datetime

from domain import settling
from domain.attempt import Attempt, AttemptStatus
from domain.copying import replace
from domain.exception_record import ExceptionKind
from domain.follow_up import VoidStatus
from domain.outcome import Accepted, Doubt, Outcome, Unknown
from domain.payment import Change, Payment, no_event
from domain.rules import Rules
from domain.settling import Knowledge
from domain.status import Status

_A = AttemptStatus
_SENT_VOIDS = frozenset({VoidStatus.OUT, VoidStatus.UNKNOWN})
"""Voids that may have been made."""


def hasten(payment: Payment, at: datetime, rules: Rules) -> Change | None:
    """Bring the next check of an unknown payment forward, never within `check_every` of the last.

    None where it is due already, or is being asked now.
    """
    attempt = payment.live_attempt
    if payment.status is not Status.UNKNOWN or attempt is None:
        return None
    return _asked_sooner(payment, attempt, at, rules)


def hint(payment: Payment, attempt_id: str, outcome: Outcome, known: Knowledge) -> Change | None:
    """A provider's own word that proves nothing by itself: the wallet is asked sooner.

    Also while the customer is awaited, once the provider has the charge: until then the push's own
    answer is to come. Another amount, or that what is paid was refused or taken back, is told to a
    person, whatever the attempt's state. None where nothing is to be done; raises KeyError for an
    attempt that is not this payment's.
    """
    attempt, told = payment.attempt(attempt_id), payment
    if isinstance(outcome, Unknown) and outcome.doubt is Doubt.MISMATCH:
        told = settling.opened(told, ExceptionKind.MISMATCH, attempt, known, outcome.code) or told
    elif attempt.status is _A.APPROVED:
        return _of_what_is_paid(payment, attempt, outcome, known)
    # That the customer may still pay is no news.
    news = attempt.live and not isinstance(outcome, Accepted)
    sooner = _sooner(attempt, known.at, known.rules) if news else None
    if sooner is not None:
        told = told.with_attempt(sooner)
    return None if told is payment else payment.tell(told, known.at, [], no_event)


def _of_what_is_paid(
    payment: Payment, attempt: Attempt, outcome: Outcome, known: Knowledge
) -> Change | None:
    """That it was refused, taken back, or anything else that nobody here has asked for."""
    void = attempt.follow_up.void
    reversed_ = isinstance(outcome, Unknown) and outcome.doubt is Doubt.REVERSED
    if reversed_ and void is not None and void.status in _SENT_VOIDS:  # our own, by the look of it
        return _asked_sooner(payment, attempt, known.at, known.rules)
    given_back_here = any(refund.counts for refund in payment.refunds)
    if isinstance(outcome, Unknown) and outcome.alarm and not given_back_here:
        # A chargeback, or a refund made at the provider: the money may not be ours any more.
        kind = ExceptionKind.STATUS_CONFLICT
        told = settling.opened(payment, kind, attempt, known, outcome.code)
        return payment.tell(told, known.at, [], known.event_id) if told else None
    return settling.conflict(payment, attempt, outcome, known)


def _asked_sooner(payment: Payment, attempt: Attempt, at: datetime, rules: Rules) -> Change | None:
    sooner = _sooner(attempt, at, rules)
    return payment.tell(payment.with_attempt(sooner), at, [], no_event) if sooner else None


def _sooner(attempt: Attempt, at: datetime, rules: Rules) -> Attempt | None:
    """The attempt asked about as soon as may be; None where it is, or where nobody asks."""
    follow_up = attempt.follow_up
    if follow_up.open is not None or follow_up.ask_at is None:
        return None
    earliest = at
    if follow_up.asked_at is not None:
        earliest = max(at, follow_up.asked_at + rules.check_every)
    if follow_up.ask_at <= earliest:
        return None
    return replace(attempt, follow_up=replace(follow_up, ask_at=earliest))
