"""What the wallet's words do to a payment: success, refusal, doubt, and what comes too late."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from domain.attempt import CONCLUDED, FINAL_WORDS, Attempt, AttemptStatus, Proof
from domain.copying import replace
from domain.events import EventType
from domain.exception_record import UNRESOLVED, Closing, ExceptionKind, ExceptionRecord
from domain.follow_up import OPEN_VOIDS, FollowUp, Void, VoidStatus
from domain.history import LUNAS, WALLET
from domain.ids import IdKind
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.reason import TIMED_OUT, WALLET_UNREACHABLE
from domain.rules import LateSuccess, Rules
from domain.status import Status

if TYPE_CHECKING:
    from domain.payment import Change, Payment

NOT_SENT_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 15))
"""Before each new try of a push that was proved not sent; then the customer is asked."""
_HONOURED_FROM = frozenset(
    {Status.PENDING, Status.REQUIRES_RETRY, Status.FAILED, Status.EXPIRED, Status.CANCELED}
)
_A = AttemptStatus


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known when an answer is written down, beside the payment and the answer."""

    at: datetime
    rules: Rules
    new_id: Callable[[IdKind], str]
    evidence_is_new: bool = True
    may_honour: bool = True

    def event_id(self) -> str:
        """A fresh event's id."""
        return self.new_id(IdKind.EVENT)


def answered(
    payment: "Payment", attempt: Attempt, outcome: Outcome, known: Knowledge
) -> "Change | None":
    """What an answer to the push itself changes; None when it says nothing new."""
    if attempt.status in CONCLUDED:
        return _too_late(payment, attempt, outcome, known)
    if attempt.status is _A.APPROVED:
        return conflict(payment, attempt, outcome, known)
    if attempt.accepted_at is not None and not _speaks_of_the_charge(outcome):
        return None
    return _answered_live(payment, attempt, outcome, known)


def _answered_live(
    payment: "Payment", attempt: Attempt, outcome: Outcome, known: Knowledge
) -> "Change | None":
    match outcome:
        case Approved():
            # Decided closes: once a reversal was decided, no 00 makes the attempt paid.
            closed = attempt.status is _A.REVERSING
            return None if closed else approve(payment, attempt, outcome, known)
        case Declined():
            return refuse(payment, attempt, outcome, known)
        case NotSent():
            return hand_back(payment, attempt, outcome, known)
        case Accepted():
            return accept(payment, attempt, outcome, known)
        case Unknown():
            return doubt(payment, attempt, outcome, known)
        case _:
            assert_never(outcome)


def accept(
    payment: "Payment", attempt: Attempt, outcome: Accepted, known: Knowledge
) -> "Change | None":
    """The provider has the charge: no call is held any more, and it is asked now and then."""
    taken = replace(
        attempt,
        accepted_at=known.at,
        handle=outcome.handle,
        step=outcome.step,
        response_code=outcome.code,
        window_ends_at=outcome.ends_at or attempt.window_ends_at,
    )
    if attempt.status is not _A.WAITING:  # given up meanwhile: its names help to ask about it
        told = payment.with_attempt(replace(taken, step=None))
        told = told.noted(known.at, WALLET, "accepted", code=outcome.code)
        return payment.tell(told, known.at, [], known.event_id)
    taken = replace(taken, follow_up=FollowUp(ask_at=known.at + known.rules.check_every))
    told = replace(payment.with_attempt(taken), due_at=None)
    return payment.tell(told, known.at, [EventType.AWAITING_CUSTOMER], known.event_id)


def approve(
    payment: "Payment", attempt: Attempt, outcome: Approved, known: Knowledge
) -> "Change | None":
    """The wallet took the money; None when that cannot be believed and is told already."""
    if not is_believed(attempt, outcome, known):
        told = opened(payment, ExceptionKind.DUPLICATE_REFERENCE, attempt, known, outcome.code)
        return payment.tell(told, known.at, [], known.event_id) if told else None
    paid = _paid(payment, attempt, outcome, known)
    if not known.evidence_is_new:
        paid = opened(paid, ExceptionKind.EVIDENCE_REUSED, attempt, known, outcome.code) or paid
    return payment.become(paid, Status.SUCCEEDED, known.at, known.event_id)


def is_believed(attempt: Attempt, outcome: Approved, known: Knowledge) -> bool:
    """Whether an approval speaks of this attempt's own charge.

    After 40 or 94 the references may be another charge's: its proof must be new to us, and younger
    than our claim (the wallet tells whole seconds).
    """
    if attempt.doubt is not Doubt.DUPLICATE:
        return True
    if outcome.evidence is None or outcome.charged_at is None:
        return False
    claimed = attempt.claimed.at.replace(microsecond=0)
    return known.evidence_is_new and outcome.charged_at >= claimed


def refuse(payment: "Payment", attempt: Attempt, outcome: Declined, known: Knowledge) -> "Change":
    """The wallet refused the push in its own words."""
    told = conclude(payment, attempt, _A.DECLINED, Proof.REFUSED, known, code=outcome.code)
    told = replace(told, reason=outcome.reason, due_at=payment.expires_at)
    hopeless = outcome.final or told.attempts_left(known.rules) == 0
    return settle(payment, told, Status.FAILED if hopeless else Status.REQUIRES_RETRY, known)


def hand_back(payment: "Payment", attempt: Attempt, outcome: NotSent, known: Knowledge) -> "Change":
    """The push never left: it is tried again by itself a few times, then by the customer."""
    back = conclude(payment, attempt, _A.NOT_SENT, Proof.NOT_SENT, known, note=outcome.why)
    back = replace(back, unsent=payment.unsent + 1)
    if payment.status is Status.AWAITING_CUSTOMER and payment.unsent < len(NOT_SENT_DELAYS):
        again = replace(back, due_at=known.at + NOT_SENT_DELAYS[payment.unsent])
        return settle(payment, again, Status.PENDING, known)
    spent = replace(back, reason=WALLET_UNREACHABLE, due_at=payment.expires_at)
    return settle(payment, spent, Status.REQUIRES_RETRY, known)


def not_charged(
    payment: "Payment",
    attempt: Attempt,
    proof: Proof,
    known: Knowledge,
    *,
    code: str | None = None,
    told: "Payment | None" = None,
) -> "Change":
    """It is proved that no money moved, though the wallet never said no to the customer's push.

    `told` is the payment where the same change has written something else already.
    """
    taken_back = proof in {Proof.REVERSED, Proof.TAKEN_BACK, Proof.VOIDED}
    status = _A.REVERSED if taken_back else _A.NOT_CHARGED
    after = conclude(told or payment, attempt, status, proof, known, code=code)
    after = replace(after, reason=TIMED_OUT, due_at=payment.expires_at)
    hopeless = after.attempts_left(known.rules) == 0
    return settle(payment, after, Status.FAILED if hopeless else Status.REQUIRES_RETRY, known)


def doubt(
    payment: "Payment", attempt: Attempt, outcome: Unknown, known: Knowledge
) -> "Change | None":
    """The push ended without an answer that can be trusted: it is asked about at once."""
    if attempt.status is not _A.WAITING:
        return _learn(payment, attempt, outcome, known)
    lost = outcome.doubt is Doubt.WORKER_LOST
    follow_up = replace(
        attempt.follow_up, open=None, ask_at=known.at, reverse_from=_reverse_from(outcome, known)
    )
    doubtful = replace(
        attempt,
        status=_A.UNKNOWN,
        answered_at=None if lost else known.at,
        response_code=outcome.code,
        note=outcome.doubt,
        doubt=outcome.doubt,
        follow_up=follow_up,
    )
    told = replace(payment.with_attempt(doubtful), due_at=None)
    told = told.noted(
        known.at, LUNAS if lost else WALLET, "doubt", doubt=outcome.doubt, code=outcome.code
    )
    if outcome.doubt is Doubt.MISMATCH:
        told = opened(told, ExceptionKind.MISMATCH, attempt, known, outcome.code) or told
    return payment.become(told, Status.UNKNOWN, known.at, known.event_id)


def late(
    payment: "Payment", attempt: Attempt, outcome: Approved, known: Knowledge
) -> "Change | None":
    """An approval of an attempt already called not charged: kept, told, and never lost."""
    void = attempt.follow_up.void
    if attempt.proof is Proof.VOIDED or (void is not None and void.status is VoidStatus.DONE):
        return None  # the wallet still calls the push approved; its void gave the money back
    told = opened(payment, ExceptionKind.LATE_SUCCESS, attempt, known, outcome.code)
    if told is None:
        return None
    # The proof may be another charge's: then neither is honoured nor voided what is not ours.
    ours = known.evidence_is_new and is_believed(attempt, outcome, known)
    honoured = known.rules.late_success is LateSuccess.HONOUR and known.may_honour and ours
    if honoured and may_honour(payment, attempt):
        paid = _paid(told, told.attempt(attempt.id), outcome, known)
        paid = paid.noted(known.at, LUNAS, "honoured", attempt=attempt.id)
        before = [EventType.LATE_SUCCESS]
        return payment.become(paid, Status.SUCCEEDED, known.at, known.event_id, before=before)
    kept = replace(attempt, evidence=outcome.evidence, charged_at=outcome.charged_at)
    if void is None or void.status not in OPEN_VOIDS:
        kept = replace(kept, follow_up=replace(kept.follow_up, ask_at=None))
    if known.rules.late_success is LateSuccess.REVERSE and ours:
        kept = want_void(kept, known)
    return payment.tell(told.with_attempt(kept), known.at, [EventType.LATE_SUCCESS], known.event_id)


def may_honour(payment: "Payment", attempt: Attempt) -> bool:
    """Whether a late success may make the payment paid, as far as this payment can tell."""
    others = [a for a in payment.attempts if a.id != attempt.id]
    void = attempt.follow_up.void
    return (
        not attempt.follow_up.decided
        and (void is None or void.status not in OPEN_VOIDS)
        and not any(a.live or a.status is _A.APPROVED for a in others)
        and payment.status in _HONOURED_FROM
    )


def want_void(attempt: Attempt, known: Knowledge) -> Attempt:
    """The attempt with a void wanted at once; as it is when its day is over, or one was wanted.

    A provider that makes none is asked for none.
    """
    until = known.rules.void_cutoff(attempt.charged_at or attempt.claimed.at)
    if not known.rules.voids or attempt.follow_up.void is not None or known.at >= until:
        return attempt
    void = Void(VoidStatus.WANTED, until)
    return replace(attempt, follow_up=replace(attempt.follow_up, void=void, ask_at=known.at))


def conflict(
    payment: "Payment", attempt: Attempt, outcome: Outcome, known: Knowledge
) -> "Change | None":
    """A refusal, or a reversal that was never decided, told of a charge that we call paid."""
    code = getattr(outcome, "code", None)
    void = attempt.follow_up.void
    reversed_ = isinstance(outcome, Unknown) and outcome.doubt is Doubt.REVERSED
    if not reversed_ and not isinstance(outcome, Declined):
        return None
    if reversed_ and void is not None and void.status is VoidStatus.DONE:
        return None
    told = opened(payment, ExceptionKind.STATUS_CONFLICT, attempt, known, code)
    return payment.tell(told, known.at, [], known.event_id) if told else None


def horizon_of(attempt: Attempt, rules: Rules) -> timedelta:
    """From its claim until nothing can move by it any more, by our clocks and by its window."""
    if attempt.accepted_at is None:
        return rules.clocks.horizon
    clocks = rules.clocks
    # What is paid in the last second of a later window settles as long after it.
    settled = attempt.window_ends_at - attempt.claimed.at + clocks.settles_within
    return max(clocks.horizon, settled + clocks.on_the_wire + clocks.status_lag + clocks.skew)


def reverse_after(attempt: Attempt, rules: Rules) -> timedelta:
    """From its claim until it may be taken back: never while its customer may still pay."""
    if attempt.accepted_at is None:
        return rules.clocks.reverse_after
    return horizon_of(attempt, rules) - rules.clocks.status_lag


# -- the parts ------------------------------------------------------------------------------------


def conclude(
    payment: "Payment",
    attempt: Attempt,
    status: AttemptStatus,
    proof: Proof,
    known: Knowledge,
    *,
    code: str | None = None,
    note: str | None = None,
) -> "Payment":
    """The payment with this attempt ended as not charged, and what its end closes."""
    follow_up = attempt.follow_up
    if follow_up.void is None or follow_up.void.status not in OPEN_VOIDS:
        watched = proof not in FINAL_WORDS
        follow_up = replace(
            follow_up,
            open=None,
            ask_at=watch_at(attempt, 0, known.at, known.rules) if watched else None,
            slow=0,
        )
    ended = replace(
        attempt,
        status=status,
        proof=proof,
        concluded_at=known.at,
        answered_at=attempt.answered_at or known.at,
        response_code=code or attempt.response_code,
        note=note or attempt.note,
        follow_up=follow_up,
    )
    told = payment.with_attempt(ended)
    # That a push was not sent is our own knowledge; what a person said stands under their name.
    actor = LUNAS if proof in {Proof.NOT_SENT, Proof.OPERATOR} else WALLET
    if attempt.status is not _A.WAITING:
        told = told.noted(known.at, actor, "not_charged", proof=proof, code=code)
    return closed_of(told, attempt, Closing(known.at, actor, "not_paid", proof))


def settle(payment: "Payment", told: "Payment", otherwise: Status, known: Knowledge) -> "Change":
    """No money moved: a wish to cancel, or a life that is over, is granted first."""
    ids = known.event_id
    if payment.cancel_requested_at:
        return payment.become(told, Status.CANCELED, known.at, ids)
    if known.at >= payment.expires_at and otherwise is not Status.FAILED:
        return payment.become(told, Status.EXPIRED, known.at, ids)
    return payment.become(told, otherwise, known.at, ids)


def watch_at(attempt: Attempt, step: int, concluded_at: datetime, rules: Rules) -> datetime | None:
    """When a concluded attempt is asked about again for the `step`th time; None after the last."""
    last = attempt.claimed.at + rules.told_after
    if step < len(rules.watch_after):
        return min(concluded_at + rules.watch_after[step], last)
    return last if step == len(rules.watch_after) else None


def opened(
    payment: "Payment",
    kind: ExceptionKind,
    attempt: Attempt,
    known: Knowledge,
    code: str | None = None,
) -> "Payment | None":
    """The payment with such an exception opened; None if this attempt has, or had, one."""
    if any(e.kind is kind and e.attempt_id == attempt.id for e in payment.exceptions):
        return None
    record = ExceptionRecord(
        id=known.new_id(IdKind.EXCEPTION),
        kind=kind,
        attempt_id=attempt.id,
        amount=payment.order.amount,
        opened_at=known.at,
        code=code,
    )
    told = replace(payment, exceptions=(*payment.exceptions, record))
    return told.noted(known.at, LUNAS, "exception_opened", exception=record.id, kind=kind)


def closed_of(payment: "Payment", attempt: Attempt, closing: Closing) -> "Payment":
    """The payment with the questions about this attempt's end closed."""
    ended = [
        e for e in payment.exceptions
        if e.open and e.attempt_id == attempt.id and e.kind in UNRESOLVED
    ]  # fmt: skip
    for record in ended:
        payment = closed(payment, record, closing)
    return payment


def closed(payment: "Payment", record: ExceptionRecord, closing: Closing) -> "Payment":
    """The payment with this exception closed."""
    told = replace(record, closed=closing)
    kept = tuple(told if e.id == record.id else e for e in payment.exceptions)
    return replace(payment, exceptions=kept).noted(
        closing.at,
        closing.actor,
        "exception_closed",
        exception=record.id,
        action=closing.action,
        reason=closing.reason,
        evidence=closing.evidence,
    )


def _paid(payment: "Payment", attempt: Attempt, outcome: Approved, known: Knowledge) -> "Payment":
    approved = replace(
        attempt,
        status=_A.APPROVED,
        proof=None,
        answered_at=known.at,
        response_code=outcome.code,
        evidence=outcome.evidence,
        charged_at=outcome.charged_at,
        follow_up=replace(attempt.follow_up, open=None, ask_at=None),
    )
    paid = replace(
        payment.with_attempt(approved),
        details=outcome.details,
        payer_name=outcome.payer_name,
        paid_at=known.at,
        reason=None,
        due_at=None,
    )
    if attempt.status is not _A.WAITING:
        paid = paid.noted(known.at, WALLET, "approved", code=outcome.code)
    return closed_of(paid, attempt, Closing(known.at, WALLET, "paid", outcome.code))


def _speaks_of_the_charge(outcome: Outcome) -> bool:
    """Whether it says more of an accepted charge than that it is on its way."""
    match outcome:
        case Approved() | Declined():
            return True
        case Unknown(doubt=doubt):
            return doubt is Doubt.MISMATCH
        case _:
            return False


def _too_late(
    payment: "Payment", attempt: Attempt, outcome: Outcome, known: Knowledge
) -> "Change | None":
    """The push of an attempt that was concluded as not charged is answered after all."""
    if isinstance(outcome, Approved):
        return late(payment, attempt, outcome, known)
    if isinstance(outcome, Unknown) and outcome.doubt is Doubt.MISMATCH:
        told = opened(payment, ExceptionKind.MISMATCH, attempt, known, outcome.code)
        return payment.tell(told, known.at, [], known.event_id) if told else None
    return None


def _learn(
    payment: "Payment", attempt: Attempt, outcome: Unknown, known: Knowledge
) -> "Change | None":
    """What the call's own holder adds to an attempt whose holder had been given up."""
    if attempt.doubt is not Doubt.WORKER_LOST or outcome.doubt is Doubt.WORKER_LOST:
        return None
    earlier = _reverse_from(outcome, known)
    told = payment.with_attempt(
        replace(
            attempt,
            answered_at=known.at,
            response_code=outcome.code,
            note=outcome.doubt,
            doubt=outcome.doubt,
            follow_up=replace(attempt.follow_up, reverse_from=earlier),
        )
    ).noted(known.at, WALLET, "doubt", doubt=outcome.doubt, code=outcome.code)
    if outcome.doubt is Doubt.MISMATCH:
        told = opened(told, ExceptionKind.MISMATCH, attempt, known, outcome.code) or told
    return payment.tell(told, known.at, [], known.event_id)


def _reverse_from(outcome: Unknown, known: Knowledge) -> datetime | None:
    rules = known.rules
    ended = outcome.doubt is Doubt.EMPTY_404 and outcome.after is not None
    if ended and outcome.after and outcome.after >= rules.believe_404_after:
        return known.at + rules.reverse_after_404
    return None
