"""Giving money back: who asks for how much, by which road, and how a person ends it."""

from domain import giving_back, settling, voiding
from domain.attempt import Attempt, AttemptStatus
from domain.copying import replace
from domain.errors import IllegalTransition, PaymentIsUnknown, RefundExceedsPaid
from domain.events import EventType
from domain.follow_up import Void, VoidStatus
from domain.ids import IdKind
from domain.money import NOTHING, Money
from domain.payment import PAID, Change, Payment
from domain.refund import Refund, RefundKind, RefundStatus
from domain.settling import Knowledge
from domain.status import Status

MOST_REFUNDS = 100
"""Of one payment, the failed ones too: they live inside it."""


def request(
    payment: Payment, amount: Money | None, *, reason: str, actor: str, known: Knowledge
) -> Change:
    """A refund of that amount, or of all that is left: by the wallet where it makes one.

    OVO voids only the whole charge and only on its own day; providers that refund give back any
    part. Anything else is done by hand. Raises
    PaymentIsUnknown, IllegalTransition or RefundExceedsPaid.
    """
    if payment.status is Status.UNKNOWN:
        raise PaymentIsUnknown(known.rules.check_every)
    if payment.status not in PAID:
        raise IllegalTransition(payment.status, "be refunded")
    asked = amount or payment.refundable
    if asked == NOTHING or asked > payment.refundable:
        raise RefundExceedsPaid(payment.refundable.rupiah)
    if len(payment.refunds) >= MOST_REFUNDS:
        raise IllegalTransition(payment.status, f"have more than {MOST_REFUNDS} refunds")
    attempt = next(a for a in payment.attempts if a.status is AttemptStatus.APPROVED)
    whole = asked == payment.order.amount
    wanted = settling.want_void(_dated(payment, attempt), known) if whole else attempt
    by_void = wanted.follow_up.void is not None and attempt.follow_up.void is None
    until = None if by_void else giving_back.until(_dated(payment, attempt), known)
    refund = Refund(
        id=known.new_id(IdKind.REFUND),
        attempt_id=attempt.id,
        amount=asked,
        kind=_road(by_void=by_void, by_refund=until is not None),
        status=RefundStatus.PENDING,
        reason=reason,
        actor=actor,
        created_at=known.at,
        updated_at=known.at,
        call=None if until is None else Void(VoidStatus.WANTED, until),
        ask_at=None if until is None else known.at,
    )
    told = replace(payment, refunds=(*payment.refunds, refund))
    told = told.with_attempt(wanted) if by_void else told
    told = told if until is None else giving_back.awake(told, attempt.id)
    told = told.noted(
        known.at,
        actor,
        "refund_requested",
        refund=refund.id,
        kind=refund.kind,
        amount=asked.rupiah,
        reason=reason,
    )
    events = [EventType.REFUND_PENDING]
    return payment.tell(told, known.at, events, known.event_id, refund_id=refund.id)


def close(
    payment: Payment,
    refund_id: str,
    *,
    succeeded: bool,
    actor: str,
    reason: str,
    evidence: str,
    known: Knowledge,
) -> Change | None:
    """A person says how a refund by hand ended; None when that is written already.

    Raises KeyError for a refund that is not this payment's, and IllegalTransition for one that the
    wallet makes, or that ended otherwise. A void that is still unknown when the wallet is no longer
    asked about it is a person's to close too.
    """
    refund = next((r for r in payment.refunds if r.id == refund_id), None)
    if refund is None:
        raise KeyError(refund_id)
    ended = RefundStatus.SUCCEEDED if succeeded else RefundStatus.FAILED
    if refund.closed_by is not None and refund.status is ended:
        return None
    by_hand = refund.kind is RefundKind.MANUAL and refund.status is RefundStatus.PENDING
    if not by_hand and not _is_given_up(payment, refund):
        raise IllegalTransition(f"{refund.status} ({refund.kind})", "be closed by hand")
    told_of = replace(refund, closed_by=actor, evidence=evidence, updated_at=known.at)
    refunds = tuple(told_of if r.id == refund_id else r for r in payment.refunds)
    told = replace(payment, refunds=refunds).noted(
        known.at, actor, "refund_closed", refund=refund_id, outcome=ended, reason=reason,
        evidence=evidence,
    )  # fmt: skip
    if succeeded:
        return voiding.refunded(payment, told, told_of, known)
    failed = replace(told_of, status=RefundStatus.FAILED)
    told = replace(told, refunds=tuple(failed if r.id == refund_id else r for r in told.refunds))
    events = [EventType.REFUND_FAILED]
    return payment.tell(told, known.at, events, known.event_id, refund_id=refund_id)


def _road(*, by_void: bool, by_refund: bool) -> RefundKind:
    if by_void:
        return RefundKind.VOID
    return RefundKind.REFUND if by_refund else RefundKind.MANUAL


def _is_given_up(payment: Payment, refund: Refund) -> bool:
    """Whether it is a void of which nobody knows the end, and nothing more will be asked."""
    by_void = refund.kind is RefundKind.VOID
    asked_at = payment.attempt(refund.attempt_id).follow_up.ask_at if by_void else refund.ask_at
    return refund.status is RefundStatus.UNKNOWN and asked_at is None


def _dated(payment: Payment, attempt: Attempt) -> Attempt:
    """The attempt with the time of its charge, as the wallet told it or as we heard of it."""
    return replace(attempt, charged_at=attempt.charged_at or payment.paid_at)
