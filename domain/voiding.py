"""Giving a whole charge back on its own day: decide, send, and find out whether it took."""

from datetime import datetime
from typing import TYPE_CHECKING

from domain import settling
from domain.asking import Answer, Asked, out, word
from domain.attempt import CONCLUDED, Attempt, AttemptStatus, Proof
from domain.copying import replace
from domain.events import EventType
from domain.exception_record import Closing, ExceptionKind
from domain.follow_up import Decision, QuestionKind, Void, VoidStatus
from domain.history import LUNAS, WALLET
from domain.moment import Moment
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
from domain.refund import Refund, RefundKind, RefundStatus
from domain.rules import Rules
from domain.settling import Knowledge
from domain.status import Status

if TYPE_CHECKING:
    from domain.payment import Change, Payment

_V = VoidStatus


def ask(payment: "Payment", attempt: Attempt, claim: Moment, known: Knowledge) -> Asked:
    """The next step of an open void: decide it, or ask what became of it."""
    void, rules = attempt.follow_up.void, known.rules
    assert void is not None
    if void.status is not _V.WANTED:
        return _ask_what_became(payment, attempt, claim, known)
    if claim.at >= void.until or len(void.decisions) >= rules.most_voids:
        told, _ = _not_made(payment, attempt, claim.at)
        return told, attempt.id, None
    decision = Decision(attempt.follow_up.asked + 1, claim)
    decided = replace(void, status=_V.OUT, decisions=(*void.decisions, decision))
    told = payment.noted(claim.at, LUNAS, "void_decided", number=len(decided.decisions))
    return out(told, _with_void(attempt, decided), QuestionKind.VOID, claim, rules)


def hear(
    payment: "Payment",
    attempt: Attempt,
    answer: Answer,
    known: Knowledge,
    *,
    mine: bool,
) -> "Change | None":
    """What the answer to a void, or to a check of one, changes."""
    void = attempt.follow_up.void
    if void is None or void.status is _V.DONE:
        return None
    told, said = payment, word(answer.outcome)
    if mine:
        told = payment.noted(known.at, WALLET, answer.kind.value, said=said)
        if answer.kind is QuestionKind.VOID:
            void = ended(void, answer.number, answer.asked, known.at, said)
            attempt = _with_void(attempt, void)
            told = told.with_attempt(attempt)
    if isinstance(answer.outcome, Approved):
        return _made(payment, told, attempt, known)
    if not mine:
        return None
    if answer.kind is QuestionKind.VOID:
        return _after_a_void(payment, told, attempt, answer.outcome, known)
    return _after_a_check(payment, told, attempt, answer, known)


def ended(void: Void, number: int, asked: Moment | None, at: datetime, result: str) -> Void:
    """The void with one decision ended."""
    return replace(
        void,
        decisions=tuple(
            replace(d, asked=asked, ended_at=at, result=result) if d.number == number else d
            for d in void.decisions
        ),
    )


# -- what an answer does --------------------------------------------------------------------------


def _after_a_void(
    payment: "Payment", told: "Payment", attempt: Attempt, outcome: Outcome, known: Knowledge
) -> "Change":
    void = attempt.follow_up.void
    assert void is not None
    again = known.at + known.rules.check_every
    if isinstance(outcome, NotSent):
        wanted = _with_void(attempt, replace(void, status=_V.WANTED), ask_at=again)
        return payment.tell(told.with_attempt(wanted), known.at, [], known.event_id)
    told = _conflicting(told, attempt, outcome, known)
    silent = _with_void(attempt, replace(void, status=_V.UNKNOWN), ask_at=again)
    return _refunds_unknown(payment, told.with_attempt(silent), attempt, known)


def _after_a_check(
    payment: "Payment", told: "Payment", attempt: Attempt, answer: Answer, known: Knowledge
) -> "Change":
    void, rules = attempt.follow_up.void, known.rules
    assert void is not None
    asked, outcome = answer.asked, answer.outcome
    doubt = outcome.doubt if isinstance(outcome, Unknown) else None
    if doubt is Doubt.NOT_FOUND and _is_gone(void, asked, rules):
        # It can no longer be on its way, and the wallet has none: it may be decided again.
        if known.at < void.until and len(void.decisions) < rules.most_voids:
            wanted = _with_void(attempt, replace(void, status=_V.WANTED), ask_at=known.at)
            return payment.tell(told.with_attempt(wanted), known.at, [], known.event_id)
        told, events = _not_made(told, attempt, known.at)
        about = _void_refund(told, attempt)
        return payment.tell(told, known.at, events, known.event_id, refund_id=about)
    told = _conflicting(told, attempt, outcome, known)
    slow = attempt.follow_up.slow
    quick = not _is_gone(void, asked, rules)
    if not quick and slow >= len(rules.slow_checks):
        told = (
            settling.opened(told, ExceptionKind.REFUND_UNRESOLVED, attempt, known, word(outcome))
            or told
        )
    delays = (*rules.slow_checks, rules.daily)
    delay = rules.check_every if quick else delays[min(slow, len(delays) - 1)]
    over = doubt is Doubt.TOO_OLD or known.at + delay >= attempt.claimed.at + rules.asked_until
    if over:
        told = (
            settling.opened(told, ExceptionKind.REFUND_UNRESOLVED, attempt, known, word(outcome))
            or told
        )
    later = replace(
        attempt,
        follow_up=replace(
            attempt.follow_up,
            ask_at=None if over else known.at + delay,
            slow=slow if quick else slow + 1,
        ),
    )
    return payment.tell(told.with_attempt(later), known.at, [], known.event_id)


def _made(payment: "Payment", told: "Payment", attempt: Attempt, known: Knowledge) -> "Change":
    """The wallet says that the money went back."""
    void = attempt.follow_up.void
    assert void is not None
    too_late = void.status is _V.NOT_MADE
    done = _with_void(attempt, replace(void, status=_V.DONE), ask_at=None)
    told = told.with_attempt(done).noted(known.at, WALLET, "void_made", attempt=attempt.id)
    if too_late:  # a person may have given it back by hand meanwhile
        told = settling.opened(told, ExceptionKind.REFUND_CONFLICT, attempt, known) or told
        return payment.tell(told, known.at, [], known.event_id)
    for record in told.exceptions:
        about = record.open and record.attempt_id == attempt.id
        if about and record.kind is ExceptionKind.LATE_SUCCESS:
            closing = Closing(known.at, LUNAS, "void", "the wallet voided it")
            told = settling.closed(told, record, closing)
    if attempt.live:
        return settling.not_charged(payment, done, Proof.VOIDED, known, told=told)
    if attempt.status in CONCLUDED:
        return payment.tell(told, known.at, [], known.event_id)
    refund = next((r for r in told.refunds if r.id == _void_refund(told, attempt)), None)
    if refund is None:  # a person said paid while the void was on its way
        told = settling.opened(told, ExceptionKind.REFUND_CONFLICT, attempt, known) or told
        return payment.tell(told, known.at, [], known.event_id)
    return refunded(payment, told, refund, known)


def refunded(payment: "Payment", told: "Payment", refund: Refund, known: Knowledge) -> "Change":
    """A refund has taken place: the payment's sum and status move with it."""
    done = replace(refund, status=RefundStatus.SUCCEEDED, updated_at=known.at)
    total = told.amount_refunded + refund.amount
    moved = replace(_with_refund(told, done), amount_refunded=total)
    whole = total == payment.order.amount
    return payment.become(
        moved,
        Status.REFUNDED if whole else Status.PARTIALLY_REFUNDED,
        known.at,
        known.event_id,
        before=[EventType.REFUND_SUCCEEDED],
        refund_id=refund.id,
    )


def _not_made(
    payment: "Payment", attempt: Attempt, at: datetime
) -> tuple["Payment", list[EventType]]:
    """It is proved that no void was made, and none will be: a refund goes on by hand."""
    void = attempt.follow_up.void
    assert void is not None
    # An attempt whose end is not known yet goes back to its checks.
    ask_at = at if attempt.live else None
    given_up = _with_void(attempt, replace(void, status=_V.NOT_MADE), ask_at=ask_at)
    told = payment.with_attempt(given_up).noted(at, LUNAS, "void_given_up", attempt=attempt.id)
    refund_id = _void_refund(told, attempt)
    for refund in told.refunds:
        if refund.id == refund_id:
            by_hand = replace(
                refund, kind=RefundKind.MANUAL, status=RefundStatus.PENDING, updated_at=at
            )
            return _with_refund(told, by_hand), [EventType.REFUND_PENDING]
    return told, []


def _refunds_unknown(
    payment: "Payment", told: "Payment", attempt: Attempt, known: Knowledge
) -> "Change":
    for refund in told.refunds:
        if refund.id == _void_refund(told, attempt) and refund.status is RefundStatus.PENDING:
            unknown = replace(refund, status=RefundStatus.UNKNOWN, updated_at=known.at)
            told = _with_refund(told, unknown)
            events = [EventType.REFUND_UNKNOWN]
            return payment.tell(told, known.at, events, known.event_id, refund_id=refund.id)
    return payment.tell(told, known.at, [], known.event_id)


def _ask_what_became(
    payment: "Payment", attempt: Attempt, claim: Moment, known: Knowledge
) -> Asked:
    return out(payment, attempt, QuestionKind.VOID_CHECK, claim, known.rules)


# -- the parts ------------------------------------------------------------------------------------


def _conflicting(
    payment: "Payment", attempt: Attempt, outcome: Outcome, known: Knowledge
) -> "Payment":
    """A refusal or a 73 told of a charge that we call paid is a status conflict."""
    if attempt.status is not AttemptStatus.APPROVED:
        return payment
    change = settling.conflict(payment, attempt, outcome, known)
    if change is None:
        return payment
    return replace(payment, exceptions=change.payment.exceptions, history=change.payment.history)


def _is_gone(void: Void, asked: Moment, rules: Rules) -> bool:
    """Whether the question was sent when no decided void could still be on its way."""
    return all(asked.since(d.decided) >= rules.clocks.decision_gone for d in void.decisions)


def _with_void(attempt: Attempt, void: Void, ask_at: datetime | None = None) -> Attempt:
    return replace(attempt, follow_up=replace(attempt.follow_up, void=void, ask_at=ask_at))


def _with_refund(payment: "Payment", told: Refund) -> "Payment":
    refunds = tuple(told if r.id == told.id else r for r in payment.refunds)
    return replace(payment, refunds=refunds)


def _void_refund(payment: "Payment", attempt: Attempt) -> str | None:
    """The refund that this attempt's void serves."""
    for refund in payment.refunds:
        serves = refund.attempt_id == attempt.id and refund.kind is RefundKind.VOID
        if serves and refund.status in {RefundStatus.PENDING, RefundStatus.UNKNOWN}:
            return refund.id
    return None
