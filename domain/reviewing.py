"""What a person decides about a payment, with a name, a reason and evidence."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import settling
from domain.attempt import Attempt, AttemptStatus, Proof
from domain.copying import replace
from domain.errors import IllegalTransition, PaymentIsUnknown
from domain.exception_record import ACTIONS, Action, Closing, ExceptionKind, ExceptionRecord
from domain.follow_up import OPEN_VOIDS, VoidStatus
from domain.moment import Moment
from domain.payment import Change, Payment
from domain.rules import Rules
from domain.settling import Knowledge
from domain.status import Status

_OF_THE_ATTEMPT = frozenset({Action.PAID, Action.NOT_PAID})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who says so, why, and by which evidence."""

    actor: str
    reason: str
    evidence: str | None = None


def resolve(
    payment: Payment, *, paid: bool, verdict: Verdict, now: Moment, known: Knowledge
) -> Change:
    """A person says whether the wallet took the money of a payment that is unknown.

    Waits for the horizon, and until no reversal or void decided can still be on its way: raises
    PaymentIsUnknown until then, IllegalTransition for a payment that is not unknown.
    """
    attempt = payment.live_attempt
    if payment.status is not Status.UNKNOWN or attempt is None:
        raise IllegalTransition(payment.status, "be resolved by hand")
    wait = _not_before(attempt, now, known)
    if wait > timedelta(0):
        raise PaymentIsUnknown(wait)
    action = Action.PAID if paid else Action.NOT_PAID
    told = payment.noted(
        known.at, verdict.actor, "resolved", outcome=action, reason=verdict.reason,
        evidence=verdict.evidence,
    )  # fmt: skip
    told = _reviewed(told, attempt, action, verdict, known)
    if paid:
        quiet = replace(attempt.follow_up, open=None, ask_at=None)
        approved = replace(
            attempt, status=AttemptStatus.APPROVED, answered_at=known.at, follow_up=quiet
        )
        after = replace(told.with_attempt(approved), paid_at=known.at, reason=None, due_at=None)
        return payment.become(after, Status.SUCCEEDED, known.at, known.event_id)
    return settling.not_charged(payment, attempt, Proof.OPERATOR, known, told=told)


def close(
    payment: Payment,
    exception_id: str,
    action: Action,
    *,
    verdict: Verdict,
    now: Moment,
    known: Knowledge,
) -> Change | None:
    """A person ends an exception; None when it is ended in the same way already.

    Raises KeyError for one that is not this payment's, IllegalTransition where the action does not
    fit it, and what `resolve` raises.
    """
    record = next((e for e in payment.exceptions if e.id == exception_id), None)
    if record is None:
        raise KeyError(exception_id)
    if record.closed is not None:
        if record.closed.action == action.value:
            return None
        raise IllegalTransition(f"closed ({record.closed.action})", f"be closed as {action}")
    if action not in ACTIONS[record.kind]:
        fitting = ", ".join(ACTIONS[record.kind])
        raise IllegalTransition(record.kind, f"be closed as {action}; what fits: {fitting}")
    attempt = payment.attempt(record.attempt_id)
    if action in _OF_THE_ATTEMPT:
        paid = action is Action.PAID
        return resolve(payment, paid=paid, verdict=verdict, now=now, known=known)
    if action is Action.NOTED and attempt.live:
        raise IllegalTransition(record.kind, "be put aside while its money may still move")
    if _is_honoured(record, attempt) and action is not Action.HONOUR:
        raise IllegalTransition(record.kind, "be given back here: it was honoured, refund it")
    if action is Action.VOID:
        return _void(payment, record, attempt, verdict, known)
    closed = settling.closed(payment, record, _closing(action, verdict, known))
    if action is Action.HONOUR and not _is_honoured(record, attempt):
        return _honour(payment, closed, attempt, known)
    void = attempt.follow_up.void
    if action is Action.RETURNED and void is not None and void.status in OPEN_VOIDS:
        raise IllegalTransition(record.kind, "be closed as returned while a void is under way")
    return payment.tell(_awake(closed, known), known.at, [], known.event_id)


def offered(
    payment: Payment, record: ExceptionRecord, at: datetime, rules: Rules
) -> tuple[Action, ...]:
    """What can be decided of it as things stand, the suggested first; nothing once it is closed."""
    if not record.open:
        return ()
    attempt = payment.attempt(record.attempt_id)
    void, charged_at = attempt.follow_up.void, attempt.charged_at or attempt.claimed.at
    if _is_honoured(record, attempt):
        return (Action.HONOUR,)
    live = attempt.live and payment.status is Status.UNKNOWN
    stands = {
        Action.PAID: live,
        Action.NOT_PAID: live,
        Action.HONOUR: settling.may_honour(payment, attempt),
        Action.VOID: rules.voids and void is None and at < rules.void_cutoff(charged_at),
        Action.RETURNED: void is None or void.status not in OPEN_VOIDS,
        Action.NOTED: not attempt.live,
    }
    return tuple(action for action in ACTIONS[record.kind] if stands[action])


def _is_honoured(record: ExceptionRecord, attempt: Attempt) -> bool:
    """Whether it is a late success that has made its payment paid: a person only acknowledges it.

    Its money is the payment's now, and goes back by a refund alone.
    """
    late = record.kind is ExceptionKind.LATE_SUCCESS
    return late and attempt.status is AttemptStatus.APPROVED


def _honour(payment: Payment, closed: Payment, attempt: Attempt, known: Knowledge) -> Change:
    if not settling.may_honour(payment, attempt):
        raise IllegalTransition(payment.status, "be honoured: a reversal was decided for it, or"
                                " another attempt is live or paid")  # fmt: skip
    honoured = replace(
        attempt,
        status=AttemptStatus.APPROVED,
        proof=None,
        follow_up=replace(attempt.follow_up, open=None, ask_at=None),
    )
    after = closed.with_attempt(honoured)
    paid = replace(after, paid_at=known.at, reason=None, due_at=None)
    return payment.become(paid, Status.SUCCEEDED, known.at, known.event_id)


def _void(
    payment: Payment,
    record: ExceptionRecord,
    attempt: Attempt,
    verdict: Verdict,
    known: Knowledge,
) -> Change:
    """The exception stays open until the wallet has made the void."""
    wanted = settling.want_void(attempt, known)
    void = wanted.follow_up.void
    if void is None or void.status is not VoidStatus.WANTED:
        raise IllegalTransition(record.kind, "be voided: its day is over, or a void was made")
    told = payment.with_attempt(wanted).noted(
        known.at, verdict.actor, "void_requested", exception=record.id, reason=verdict.reason,
        evidence=verdict.evidence,
    )  # fmt: skip
    return payment.tell(told, known.at, [], known.event_id)


def _reviewed(
    payment: Payment, attempt: Attempt, action: Action, verdict: Verdict, known: Knowledge
) -> Payment:
    """The payment with what was open about this attempt closed by the person.

    One that says paid after a reversal was decided is always on record as an exception.
    """
    if action is Action.PAID and attempt.follow_up.decided:
        kind = ExceptionKind.REVERSALS_SPENT
        payment = settling.opened(payment, kind, attempt, known) or payment
    return settling.closed_of(payment, attempt, _closing(action, verdict, known))


def _awake(payment: Payment, known: Knowledge) -> Payment:
    """A payment that rested because of the exception is looked at again."""
    waits = payment.status is Status.PENDING and payment.has_what_it_needs(known.rules)
    return replace(payment, due_at=known.at) if waits else payment


def _not_before(attempt: Attempt, now: Moment, known: Knowledge) -> timedelta:
    clocks, follow_up = known.rules.clocks, attempt.follow_up
    waits = [settling.horizon_of(attempt, known.rules) - now.since(attempt.claimed)]
    decisions = follow_up.reversals + (follow_up.void.decisions if follow_up.void else ())
    waits += [clocks.decision_gone - now.since(decision.decided) for decision in decisions]
    return max(waits)


def _closing(action: Action, verdict: Verdict, known: Knowledge) -> Closing:
    return Closing(known.at, verdict.actor, action.value, verdict.reason, verdict.evidence)
