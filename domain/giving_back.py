"""Refunds that the provider makes, whole or in part: decide, send, and find out what became of it.

Each refund has a name of its own at the provider, so that one sent twice is made once; even so it
is decided before it is sent, and decided again only when it is known that there is none.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain import settling, voiding
from domain.asking import NOT_SENT, Answer, Asked, out, word
from domain.attempt import Attempt
from domain.copying import replace
from domain.events import EventType
from domain.exception_record import ExceptionKind
from domain.follow_up import Decision, QuestionKind, Void, VoidStatus
from domain.history import LUNAS, WALLET
from domain.moment import Moment
from domain.outcome import Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.refund import Refund, RefundKind, RefundStatus
from domain.rules import Rules
from domain.settling import Knowledge

if TYPE_CHECKING:
    from domain.payment import Change, Payment

_V = VoidStatus
_OPEN = frozenset({RefundStatus.PENDING, RefundStatus.UNKNOWN})


def until(attempt: Attempt, known: Knowledge) -> datetime | None:
    """Until when the provider refunds a charge; None where it refunds none, or not any more."""
    rules = known.rules
    if not rules.refunds:
        return None
    charged_at = attempt.charged_at or attempt.claimed.at
    last = datetime.max.replace(tzinfo=known.at.tzinfo)
    if rules.refund_within is not None:
        last = charged_at + rules.refund_within
    return last if known.at < last else None


def due(payment: "Payment", attempt: Attempt, at: datetime) -> Refund | None:
    """The refund of this attempt whose next step is due first."""
    waiting = [
        (refund.ask_at, refund)
        for refund in payment.refunds
        if refund.attempt_id == attempt.id and refund.ask_at is not None and refund.ask_at <= at
    ]
    return min(waiting, key=lambda pair: pair[0])[1] if waiting else None


def ask(payment: "Payment", refund: Refund, claim: Moment, known: Knowledge) -> Asked:
    """The next step of a refund: decide it, or ask what became of it."""
    call, rules = refund.call, known.rules
    assert call is not None
    if call.status is not _V.WANTED:
        return _out(payment, refund, QuestionKind.REFUND_CHECK, claim, rules)
    if claim.at >= call.until or _is_spent(call, rules):
        return _by_hand(payment, refund, claim.at), refund.attempt_id, None
    number = payment.attempt(refund.attempt_id).follow_up.asked + 1
    decided = replace(call, status=_V.OUT, decisions=(*call.decisions, Decision(number, claim)))
    told = payment.noted(claim.at, LUNAS, "refund_decided", refund=refund.id)
    return _out(told, replace(refund, call=decided), QuestionKind.REFUND, claim, rules)


def lost(payment: "Payment", refund_id: str | None, number: int, at: datetime) -> "Payment":
    """Whoever held the question is gone: the refund may have been made."""
    for refund in payment.refunds:
        call = refund.call
        if refund.id == refund_id and call is not None and call.status is _V.OUT:
            ended = voiding.ended(call, number, None, at, "lost")
            return _with(payment, replace(refund, call=replace(ended, status=_V.UNKNOWN)))
    return payment


def hear(payment: "Payment", answer: Answer, known: Knowledge, *, mine: bool) -> "Change | None":
    """What the answer to a refund, or to a check of one, changes."""
    refund = next((r for r in payment.refunds if r.id == answer.about), None)
    if refund is None or refund.call is None:
        return None
    if refund.kind is not RefundKind.REFUND or refund.status not in _OPEN:
        return _too_late(payment, refund, answer.outcome, known)
    told, call = payment, refund.call
    if mine:
        said = word(answer.outcome)
        told = payment.noted(known.at, WALLET, answer.kind.value, refund=refund.id, said=said)
        if answer.kind is QuestionKind.REFUND:
            call = voiding.ended(call, answer.number, answer.asked, known.at, said)
            refund = replace(refund, call=call)
    match answer.outcome:
        case Approved():
            return _made(told, refund, known)
        case Declined(code=code) if _speaks_of_all(call, answer, known.rules):
            return _refused(told, refund, code, known)
        case _:
            return _not_known_yet(told, refund, answer, known) if mine else None


# -- what an answer does --------------------------------------------------------------------------


def _made(told: "Payment", refund: Refund, known: Knowledge) -> "Change":
    done = _called(refund, _V.DONE, None)
    return voiding.refunded(told, _with(told, done), done, known)


def _refused(told: "Payment", refund: Refund, code: str, known: Knowledge) -> "Change":
    """The provider refuses it for good: no money went back, and the sum is free again."""
    failed = replace(
        _called(refund, _V.NOT_MADE, None),
        status=RefundStatus.FAILED,
        evidence=code,
        updated_at=known.at,
    )
    return _tell(told, failed, known, EventType.REFUND_FAILED)


def _not_known_yet(told: "Payment", refund: Refund, answer: Answer, known: Knowledge) -> "Change":
    if isinstance(answer.outcome, NotSent):
        return _not_sent(told, refund, known)
    if answer.kind is QuestionKind.REFUND_CHECK:
        return _still_open(told, refund, answer, known)
    silent = _called(refund, _V.UNKNOWN, known.at + known.rules.check_every)
    if refund.status is RefundStatus.UNKNOWN:
        return _tell(told, silent, known)
    unknown = replace(silent, status=RefundStatus.UNKNOWN, updated_at=known.at)
    return _tell(told, unknown, known, EventType.REFUND_UNKNOWN)


def _not_sent(told: "Payment", refund: Refund, known: Knowledge) -> "Change":
    """Nothing left: it is tried again soon, then ever more rarely, for as long as one is asked."""
    call, rules = refund.call, known.rules
    assert call is not None
    tries = sum(decision.result == NOT_SENT for decision in call.decisions)
    slow = tries - 1 - _QUICK_TRIES
    delays = (*rules.slow_checks, rules.daily)
    delay = rules.check_every if slow < 0 else delays[min(slow, len(delays) - 1)]
    again = known.at + delay
    if again - refund.created_at >= rules.asked_until:
        return _given_up(told, refund, known)
    return _tell(told, _called(refund, _V.WANTED, again), known)


def _still_open(told: "Payment", refund: Refund, answer: Answer, known: Knowledge) -> "Change":
    call, outcome = refund.call, answer.outcome
    assert call is not None
    gone = _is_gone(call, answer.asked, known.rules)
    if isinstance(outcome, Unknown) and outcome.doubt is Doubt.NOT_FOUND and gone:
        # It can no longer be on its way, and the provider has none: it may be decided again.
        if known.at < call.until and not _is_spent(call, known.rules):
            return _tell(told, _called(refund, _V.WANTED, known.at), known)
        return _given_up(told, refund, known)
    if gone and known.at - refund.created_at >= _PATIENCE:
        attempt, kind = told.attempt(refund.attempt_id), ExceptionKind.REFUND_UNRESOLVED
        told = settling.opened(told, kind, attempt, known, word(outcome)) or told
    ask_at = _ask_again(refund, known, quick=not gone)
    return _tell(told, replace(refund, ask_at=ask_at), known)


def _too_late(
    payment: "Payment", refund: Refund, outcome: Outcome, known: Knowledge
) -> "Change | None":
    """The provider made one that was called not made: a person may have given it back already."""
    call = refund.call
    if not isinstance(outcome, Approved) or call is None or call.status is _V.DONE:
        return None
    told = _with(payment, _called(refund, _V.DONE, None))
    attempt, kind = told.attempt(refund.attempt_id), ExceptionKind.REFUND_CONFLICT
    conflict = settling.opened(told, kind, attempt, known, outcome.code)
    return payment.tell(conflict or told, known.at, [], known.event_id)


# -- the parts ------------------------------------------------------------------------------------

_QUICK_TRIES = 3
"""How often one that could not leave is tried again at once."""
_PATIENCE = timedelta(hours=1)
"""From when on a person is told of a refund of which nobody knows the end."""


def awake(payment: "Payment", attempt_id: str) -> "Payment":
    """The payment asked about that attempt when the first of its refunds is due."""
    times = [
        refund.ask_at
        for refund in payment.refunds
        if refund.attempt_id == attempt_id and refund.ask_at is not None
    ]
    attempt = payment.attempt(attempt_id)
    if attempt.follow_up.open is not None:  # whoever holds the question has its time
        return payment
    ask_at = min(times) if times else None
    return payment.with_attempt(
        replace(attempt, follow_up=replace(attempt.follow_up, ask_at=ask_at))
    )


def _out(
    payment: "Payment", refund: Refund, kind: QuestionKind, claim: Moment, rules: Rules
) -> Asked:
    attempt = payment.attempt(refund.attempt_id)
    told, attempt_id, question = out(payment, attempt, kind, claim, rules, about=refund.id)
    given_up_at = told.attempt(attempt_id).follow_up.ask_at
    return _with(told, replace(refund, ask_at=given_up_at)), attempt_id, question


def _by_hand(payment: "Payment", refund: Refund, at: datetime) -> "Payment":
    """It is proved that none was made, and none will be: it goes on by hand."""
    given_up = replace(
        _called(refund, _V.NOT_MADE, None),
        kind=RefundKind.MANUAL,
        status=RefundStatus.PENDING,
        updated_at=at,
    )
    return _with(payment.noted(at, LUNAS, "refund_given_up", refund=refund.id), given_up)


def _given_up(told: "Payment", refund: Refund, known: Knowledge) -> "Change":
    told = _by_hand(told, refund, known.at)
    by_hand = next(r for r in told.refunds if r.id == refund.id)
    return _tell(told, by_hand, known, EventType.REFUND_PENDING)


def _called(refund: Refund, status: VoidStatus, ask_at: datetime | None) -> Refund:
    assert refund.call is not None
    return replace(refund, call=replace(refund.call, status=status), ask_at=ask_at)


def _tell(
    told: "Payment", refund: Refund, known: Knowledge, event: EventType | None = None
) -> "Change":
    after, events = _with(told, refund), [event] if event else []
    about = refund.id if event else None
    return told.tell(after, known.at, events, known.event_id, refund_id=about)


def _ask_again(refund: Refund, known: Knowledge, *, quick: bool) -> datetime | None:
    """Soon while it may be on its way, then ever more rarely, until the provider forgets."""
    rules, age = known.rules, known.at - refund.created_at
    if quick:
        return known.at + rules.check_every
    delay = next((d for d in rules.slow_checks if age < 4 * d), rules.daily)
    over = age + delay >= rules.asked_until
    return None if over else known.at + delay


def _speaks_of_all(call: Void, answer: Answer, rules: Rules) -> bool:
    """Whether a refusal says that nothing went back, whatever else was sent of this refund.

    The refusal of one that was sent again may be because the first one was made.
    """
    if answer.kind is QuestionKind.REFUND:
        others = [d for d in call.decisions if d.number != answer.number]
        return all(d.result == NOT_SENT for d in others)
    return len(call.decisions) == 1 or _is_gone(call, answer.asked, rules)


def _is_spent(call: Void, rules: Rules) -> bool:
    """Whether it was sent as often as it may be; what never left does not count."""
    sent = sum(decision.result != NOT_SENT for decision in call.decisions)
    return sent >= rules.most_voids


def _is_gone(call: Void, asked: Moment, rules: Rules) -> bool:
    """Whether the question was sent when no decided refund could still be on its way."""
    return all(asked.since(d.decided) >= rules.clocks.decision_gone for d in call.decisions)


def _with(payment: "Payment", told: Refund) -> "Payment":
    """The payment with this refund in the place of the one of its id, asked about in its turn."""
    refunds = tuple(told if refund.id == told.id else refund for refund in payment.refunds)
    return awake(replace(payment, refunds=refunds), told.attempt_id)
