"""Finding out what became of an attempt: which question comes next, and what its answer proves.

Plain functions of (payment, now). The rules and the histories behind them are in
docs/concepts.md; each number is one of `Rules`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import giving_back, settling, voiding
from domain.asking import Answer, Asked, out, word
from domain.attempt import CONCLUDED, Attempt, AttemptStatus, Proof
from domain.copying import replace
from domain.events import EventType
from domain.exception_record import UNRESOLVED, ExceptionKind
from domain.follow_up import OPEN_VOIDS, Decision, FollowUp, Question, QuestionKind, VoidStatus
from domain.history import LUNAS, WALLET
from domain.moment import Moment
from domain.outcome import Approved, Declined, Doubt, Outcome, Unknown
from domain.payment import Change, Payment, no_event
from domain.rules import LateSuccess, Rules
from domain.settling import Knowledge

_A = AttemptStatus
_TRUE_OF_THE_PUSH = frozenset({Doubt.NOT_FOUND, Doubt.REVERSED, Doubt.TOO_OLD})


@dataclass(frozen=True, slots=True)
class Step:
    """A claim: save `change` first, and send `question` about that attempt only once it is saved.

    Without a question there is nothing to send: the schedule has ended, or was put right.
    """

    change: Change
    attempt_id: str
    question: Question | None = None


# -- which question comes next --------------------------------------------------------------------


def ask(payment: Payment, claim: Moment, known: Knowledge) -> Step | None:
    """The next question about this payment, written down; None when none is due."""
    due = [(a.follow_up.ask_at, a.number, a) for a in payment.attempts if _is_due(a, claim.at)]
    if not due:
        return None
    attempt = min(due)[2]
    told = payment
    if attempt.follow_up.open is not None:  # its holder is gone: nobody will answer it
        told, attempt = _given_up(payment, attempt, claim)
    void = attempt.follow_up.void
    if void is not None and void.status in OPEN_VOIDS:
        return _step(payment, claim, known, voiding.ask(told, attempt, claim, known))
    if attempt.live:
        return _step(payment, claim, known, _ask_about_live(told, attempt, claim, known))
    refund = giving_back.due(told, attempt, claim.at)
    if refund is not None:
        asked = giving_back.ask(told, refund, claim, known)
        return _step(payment, claim, known, asked)
    over = claim.since(attempt.claimed) >= known.rules.asked_until
    if attempt.status not in CONCLUDED or over:
        quiet = replace(attempt, follow_up=replace(attempt.follow_up, ask_at=None))
        return _step(payment, claim, known, (told.with_attempt(quiet), attempt.id, None))
    return _step(payment, claim, known, out(told, attempt, QuestionKind.CHECK, claim, known.rules))


def postpone(payment: Payment, until: datetime, at: datetime) -> Change:
    """Nothing can be asked now (the account cannot be used): look again then."""
    told = payment
    for attempt in payment.attempts:
        if _is_due(attempt, at):
            later = replace(attempt, follow_up=replace(attempt.follow_up, ask_at=until))
            told = told.with_attempt(later)
    return payment.tell(told, at, [], no_event)


def _ask_about_live(payment: Payment, attempt: Attempt, claim: Moment, known: Knowledge) -> Asked:
    rules, age = known.rules, claim.since(attempt.claimed)
    told = payment
    if age >= rules.told_after and not _is_told(payment, attempt):
        told = settling.opened(told, ExceptionKind.STILL_UNKNOWN, attempt, known) or told
    if age >= rules.asked_until:  # the wallet forgets: a file or a person decides
        quiet = replace(attempt, follow_up=replace(attempt.follow_up, ask_at=None))
        return told.with_attempt(quiet), attempt.id, None
    if not _may_reverse(attempt, claim, rules):
        return out(told, attempt, QuestionKind.CHECK, claim, rules)
    follow_up = attempt.follow_up
    decision = Decision(follow_up.asked + 1, claim)
    decided = replace(
        attempt,
        status=_A.REVERSING,
        follow_up=replace(
            follow_up,
            reversals=(*follow_up.reversals, decision),
            checked=False,
            approved_at=None,
        ),
    )
    told = told.noted(claim.at, LUNAS, "reversal_decided", number=len(follow_up.reversals) + 1)
    return out(told, decided, QuestionKind.REVERSAL, claim, rules)


def _may_reverse(attempt: Attempt, claim: Moment, rules: Rules) -> bool:
    """Whether the push is taken back now: a check has proved nothing since the last decision.

    None has of one whose customer may still pay: it is not called checked before the horizon.
    """
    follow_up, age = attempt.follow_up, claim.since(attempt.claimed)
    if not _has_reversals_left(attempt, rules) or not follow_up.checked:
        return False
    match len(follow_up.reversals):
        case 0:
            from_404 = follow_up.reverse_from
            early = from_404 is not None and claim.at >= from_404
            return early or age >= settling.reverse_after(attempt, rules)
        case 1:
            # One that could wait for the horizon does: from there on its own 00 proves, too.
            return not _horizon_is_near(attempt, age, rules)
        case _:
            return age >= settling.horizon_of(attempt, rules)


def _horizon_is_near(attempt: Attempt, age: timedelta, rules: Rules) -> bool:
    """Whether the horizon comes before the check that would follow a reversal sent now."""
    return timedelta(0) < settling.horizon_of(attempt, rules) - age < rules.check_every


def _has_reversals_left(attempt: Attempt, rules: Rules) -> bool:
    # After 40 or 94 the references may be another charge's: nothing is reversed by itself.
    taken = len(attempt.follow_up.reversals) >= rules.most_reversals
    return attempt.doubt is not Doubt.DUPLICATE and not taken and attempt.follow_up.void is None


def _given_up(payment: Payment, attempt: Attempt, claim: Moment) -> tuple[Payment, Attempt]:
    follow_up = attempt.follow_up
    question = follow_up.open
    assert question is not None
    fresh = replace(follow_up, open=None)
    if question.kind is QuestionKind.REVERSAL:
        fresh = _ended(fresh, question.number, None, claim.at, "lost")
    if question.kind is QuestionKind.VOID and fresh.void is not None:
        void = voiding.ended(fresh.void, question.number, None, claim.at, "lost")
        fresh = replace(fresh, void=replace(void, status=VoidStatus.UNKNOWN))
    lost = replace(attempt, follow_up=fresh)
    if question.kind is QuestionKind.REFUND:
        payment = giving_back.lost(payment, question.about, question.number, claim.at)
    told = payment.with_attempt(lost).noted(claim.at, LUNAS, "question_lost", kind=question.kind)
    return told, lost


# -- what its answer proves -----------------------------------------------------------------------


def hear(payment: Payment, attempt_id: str, answer: Answer, known: Knowledge) -> Change | None:
    """What an answer changes; None when it is written already or says nothing.

    Raises KeyError for an attempt that is not this payment's.
    """
    attempt = payment.attempt(attempt_id)
    awaited = attempt.follow_up.open
    mine = awaited is not None and awaited.number == answer.number
    heard = payment
    if mine:
        attempt = replace(attempt, follow_up=replace(attempt.follow_up, open=None))
        heard = payment.with_attempt(attempt)
    match answer.kind:
        case QuestionKind.CHECK:
            return _hear_check(heard, attempt, answer, known, mine=mine)
        case QuestionKind.REVERSAL:
            return _hear_reversal(heard, attempt, answer, known)
        case QuestionKind.VOID | QuestionKind.VOID_CHECK:
            return voiding.hear(heard, attempt, answer, known, mine=mine)
        case QuestionKind.REFUND | QuestionKind.REFUND_CHECK:
            return giving_back.hear(heard, answer, known, mine=mine)


def _hear_check(
    payment: Payment, attempt: Attempt, answer: Answer, known: Knowledge, *, mine: bool
) -> Change | None:
    if attempt.status in CONCLUDED:
        return _hear_watch(payment, attempt, answer, known, mine=mine)
    if attempt.status is _A.APPROVED:
        change = settling.conflict(payment, attempt, answer.outcome, known)
        return change or (_closed(payment, known) if mine else None)
    proved = _proved(payment, attempt, answer, known)
    if proved is not None or not mine:
        return proved
    if attempt.status is _A.WAITING:
        return _still_awaited(payment, attempt, answer, known)
    return _nothing_proved(payment, attempt, answer, known)


def _proved(payment: Payment, attempt: Attempt, answer: Answer, known: Knowledge) -> Change | None:
    """What a check says that ends an attempt; negative words count by when they were asked for."""
    outcome = answer.outcome
    asked_at = replace(attempt.follow_up, asked_at=answer.asked.at)
    attempt = replace(attempt, follow_up=asked_at)
    match outcome:
        case Approved() if _is_good_news(attempt, outcome, known):
            return settling.approve(payment, attempt, outcome, known)
        case Declined():
            return settling.refuse(payment, attempt, outcome, known)
        case Unknown(doubt=Doubt.REVERSED):
            return settling.not_charged(payment, attempt, Proof.REVERSED, known, code=outcome.code)
        case Unknown(doubt=Doubt.NOT_FOUND) if _after_horizon(attempt, answer.asked, known.rules):
            return settling.not_charged(payment, attempt, Proof.NOT_FOUND, known, code=outcome.code)
        case _:
            return None


def _is_good_news(attempt: Attempt, outcome: Approved, known: Knowledge) -> bool:
    # Decided closes: once a reversal was decided, no 00 makes the attempt paid.
    return attempt.status is not _A.REVERSING and settling.is_believed(attempt, outcome, known)


def _still_awaited(
    payment: Payment, attempt: Attempt, answer: Answer, known: Knowledge
) -> Change | None:
    """The customer may still pay: it is asked again until nothing can move any more."""
    outcome, asked = answer.outcome, answer.asked
    differs = isinstance(outcome, Unknown) and outcome.doubt is Doubt.MISMATCH
    if not differs and not _after_horizon(attempt, asked, known.rules):
        again = max(asked.at + known.rules.check_every, known.at)
        follow_up = replace(attempt.follow_up, ask_at=again, asked_at=asked.at)
        return _put(payment, payment, attempt, follow_up, known)
    said = outcome if isinstance(outcome, Unknown) else Unknown(Doubt.PENDING, word(outcome))
    return settling.doubt(payment, attempt, said, known)


def _nothing_proved(payment: Payment, attempt: Attempt, answer: Answer, known: Knowledge) -> Change:
    rules, outcome, asked = known.rules, answer.outcome, answer.asked
    code = getattr(outcome, "code", None)
    told = payment.noted(known.at, WALLET, "checked", code=code or word(outcome))
    follow_up = replace(attempt.follow_up, checked=True, asked_at=asked.at)
    if isinstance(outcome, Unknown) and outcome.doubt is Doubt.TOO_OLD:
        told = settling.opened(told, ExceptionKind.TOO_OLD, attempt, known, code) or told
        return _put(payment, told, attempt, replace(follow_up, ask_at=None), known)
    if isinstance(outcome, Unknown) and outcome.doubt is Doubt.MISMATCH:
        told = settling.opened(told, ExceptionKind.MISMATCH, attempt, known, code) or told
    if isinstance(outcome, Approved) and attempt.doubt is Doubt.DUPLICATE:
        kind = ExceptionKind.DUPLICATE_REFERENCE
        told = settling.opened(told, kind, attempt, known, code) or told
    if _has_reversals_left(attempt, rules) or not _after_horizon(attempt, asked, rules):
        soon = _sooner(attempt, asked, known)
        return _put(payment, told, attempt, replace(follow_up, ask_at=soon), known)
    told = _told_at_exhaustion(told, attempt, known, code)
    if isinstance(outcome, Approved) and attempt.status is _A.REVERSING:
        told, attempt, follow_up = _approved_again(told, attempt, follow_up, asked, known)
    slow = rules.slow_checks
    delay = slow[follow_up.slow] if follow_up.slow < len(slow) else rules.daily
    ask_at = _not_past_the_telling(attempt, known.at, known.at + delay, rules)
    if follow_up.void is not None and follow_up.void.status is VoidStatus.WANTED:
        ask_at = known.at
    follow_up = replace(follow_up, slow=follow_up.slow + 1, ask_at=ask_at)
    return _put(payment, told, attempt, follow_up, known)


def _told_at_exhaustion(
    payment: Payment, attempt: Attempt, known: Knowledge, code: str | None
) -> Payment:
    duplicate = attempt.doubt is Doubt.DUPLICATE
    kind = ExceptionKind.DUPLICATE_REFERENCE if duplicate else ExceptionKind.REVERSALS_SPENT
    return settling.opened(payment, kind, attempt, known, code) or payment


def _approved_again(
    payment: Payment, attempt: Attempt, follow_up: FollowUp, asked: Moment, known: Knowledge
) -> tuple[Payment, Attempt, FollowUp]:
    """A 00 to a check sent after the last reversal: two, far enough apart, mean it did not take."""
    first = follow_up.approved_at
    if first is None:
        return payment, attempt, replace(follow_up, approved_at=asked.at)
    if asked.at - first < known.rules.approvals_apart:
        return payment, attempt, follow_up
    told = settling.opened(payment, ExceptionKind.REVERSAL_NOT_TAKEN, attempt, known, "00")
    if told is None:
        return payment, attempt, follow_up
    # After 40 or 94 the references may be another charge's: nothing is given back by itself.
    ours = attempt.doubt is not Doubt.DUPLICATE
    if known.rules.late_success is LateSuccess.REVERSE and ours:
        wanted = settling.want_void(replace(attempt, follow_up=follow_up), known)
        return told, wanted, wanted.follow_up
    return told, attempt, follow_up


def _hear_watch(
    payment: Payment, attempt: Attempt, answer: Answer, known: Knowledge, *, mine: bool
) -> Change | None:
    outcome, rules, follow_up = answer.outcome, known.rules, attempt.follow_up
    if isinstance(outcome, Approved):
        if mine:
            follow_up = replace(follow_up, ask_at=None, asked_at=answer.asked.at)
            attempt = replace(attempt, follow_up=follow_up)
            payment = payment.with_attempt(attempt)
        change = settling.late(payment, attempt, outcome, known)
        return change or (_closed(payment, known) if mine else None)
    if not mine:
        return None
    last = attempt.claimed.at + rules.asked_until
    step, slow, final = follow_up.watched + 1, 0, isinstance(outcome, Declined)
    clear = isinstance(outcome, Unknown) and outcome.doubt in _TRUE_OF_THE_PUSH
    if final or (isinstance(outcome, Unknown) and outcome.doubt in {Doubt.REVERSED, Doubt.TOO_OLD}):
        ask_at = None
    elif clear:
        concluded = attempt.concluded_at or known.at
        ask_at = settling.watch_at(attempt, step, concluded, rules)
        if ask_at is not None and ask_at <= known.at:
            ask_at = known.at + rules.watch_after[0]
    else:  # no answer: the question stays open until the wallet forgets, asked ever more rarely
        step, slow = follow_up.watched, follow_up.slow + 1
        again = known.at + min(rules.watch_after[0] * 2 ** min(follow_up.slow, 10), rules.daily)
        ask_at = again if again < last else None
    told = payment
    if isinstance(outcome, Unknown) and outcome.doubt is Doubt.MISMATCH:
        told = settling.opened(told, ExceptionKind.MISMATCH, attempt, known, outcome.code) or told
    follow_up = replace(follow_up, watched=step, slow=slow, ask_at=ask_at, asked_at=answer.asked.at)
    return _put(payment, told, attempt, follow_up, known)


def _hear_reversal(
    payment: Payment, attempt: Attempt, answer: Answer, known: Knowledge
) -> Change | None:
    decision = next((d for d in attempt.follow_up.reversals if d.number == answer.number), None)
    if decision is None:
        return None
    follow_up, told, outcome = attempt.follow_up, payment, answer.outcome
    result = word(outcome)
    # One that was given up as lost is told all the same: what proves an end is written with it.
    fresh = decision.asked is None
    if fresh:
        follow_up = _ended(follow_up, answer.number, answer.asked, known.at, result)
        if attempt.status is _A.REVERSING and decision.ended_at is None:
            follow_up = replace(follow_up, ask_at=known.at + known.rules.check_every)
        attempt = replace(attempt, follow_up=follow_up)
        told = payment.with_attempt(attempt).noted(known.at, WALLET, "reversal", said=result)
    if attempt.status is _A.REVERSING:
        # Its own 00 counts only if it was sent after the horizon: an earlier one may have come
        # before the push itself. 73 counts always.
        after = _after_horizon(attempt, answer.asked, known.rules)
        if isinstance(outcome, Approved) and after:
            return settling.not_charged(told, attempt, Proof.TAKEN_BACK, known, code=outcome.code)
        if isinstance(outcome, Unknown) and outcome.doubt is Doubt.REVERSED:
            return settling.not_charged(told, attempt, Proof.REVERSED, known, code=outcome.code)
    if attempt.status is _A.APPROVED and _took(outcome):
        # A person said paid meanwhile: money that went back is not paid.
        code = getattr(outcome, "code", None)
        conflict = settling.opened(told, ExceptionKind.STATUS_CONFLICT, attempt, known, code)
        fresh, told = fresh or conflict is not None, conflict or told
    return payment.tell(told, known.at, [], no_event) if fresh else None


def _took(outcome: Outcome) -> bool:
    """Whether the answer to a reversal says that the money went back."""
    reversed_ = isinstance(outcome, Unknown) and outcome.doubt is Doubt.REVERSED
    return reversed_ or isinstance(outcome, Approved)


# -- the parts ------------------------------------------------------------------------------------


def _is_due(attempt: Attempt, at: datetime) -> bool:
    return attempt.follow_up.ask_at is not None and attempt.follow_up.ask_at <= at


def _is_told(payment: Payment, attempt: Attempt) -> bool:
    return any(
        e.open and e.attempt_id == attempt.id and e.kind in UNRESOLVED for e in payment.exceptions
    )


def _after_horizon(attempt: Attempt, asked: Moment, rules: Rules) -> bool:
    return asked.since(attempt.claimed) >= settling.horizon_of(attempt, rules)


def _sooner(attempt: Attempt, asked: Moment, known: Knowledge) -> datetime:
    """When to ask again: `check_every` after the last, or as soon as a reversal may be decided."""
    rules, follow_up = known.rules, attempt.follow_up
    usual = asked.at + rules.check_every
    if not _has_reversals_left(attempt, rules):
        return max(usual, known.at)
    age = asked.since(attempt.claimed)
    match len(follow_up.reversals):
        case 0:
            allowed = asked.at + (settling.reverse_after(attempt, rules) - age)
            if follow_up.reverse_from is not None:
                allowed = min(allowed, follow_up.reverse_from)
        case 1 if not _horizon_is_near(attempt, known.at - attempt.claimed.at, rules):
            allowed = known.at
        case _:
            allowed = asked.at + (settling.horizon_of(attempt, rules) - age)
    return max(min(usual, allowed), known.at)


def _not_past_the_telling(
    attempt: Attempt, at: datetime, ask_at: datetime, rules: Rules
) -> datetime:
    """A long delay must not step over day 6, when a person is told, nor over day 7, the last."""
    for mark in (rules.told_after, rules.asked_until):
        moment = attempt.claimed.at + mark
        if at < moment < ask_at:
            return moment
    return ask_at


def _ended(
    follow_up: FollowUp, number: int, asked: Moment | None, at: datetime, result: str
) -> FollowUp:
    return replace(
        follow_up,
        reversals=tuple(
            replace(d, asked=asked, ended_at=at, result=result) if d.number == number else d
            for d in follow_up.reversals
        ),
    )


def _put(
    payment: Payment, told: Payment, attempt: Attempt, follow_up: FollowUp, known: Knowledge
) -> Change:
    kept = replace(attempt, follow_up=follow_up)
    return payment.tell(told.with_attempt(kept), known.at, [], no_event)


def _closed(payment: Payment, known: Knowledge) -> Change:
    return payment.tell(payment, known.at, [], no_event)


def _moved(told: Payment, before: Payment) -> str | None:
    """The refund that became one of another kind."""
    pairs = zip(told.refunds, before.refunds, strict=True)
    return next((refund.id for refund, was in pairs if refund.kind is not was.kind), None)


def _step(before: Payment, claim: Moment, known: Knowledge, asked: Asked) -> Step:
    told, attempt_id, question = asked
    # A void that is given up at its cut-off becomes a refund by hand, which is told.
    about = None if told.refunds is before.refunds else _moved(told, before)
    events = [EventType.REFUND_PENDING] if about else []
    change = before.tell(told, claim.at, events, known.event_id, refund_id=about)
    return Step(change, attempt_id, question)
