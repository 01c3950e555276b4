"""What was asked, decided and given back, as plain values; most payments have nothing of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from adapters.outbound.plain import (
    Plain,
    exact,
    from_instant,
    instant,
    number,
    numbers,
    optional_instant,
    optional_time,
)
from domain.attempt import Attempt, Proof
from domain.exception_record import Closing, ExceptionKind, ExceptionRecord
from domain.follow_up import (
    NOTHING_ASKED,
    Decision,
    FollowUp,
    Question,
    QuestionKind,
    Void,
    VoidStatus,
)
from domain.history import Entry
from domain.moment import Moment
from domain.money import Money
from domain.outcome import Doubt
from domain.payment import Payment
from domain.refund import Refund, RefundKind, RefundStatus

_MICROSECOND = timedelta(microseconds=1)


def truth_to_plain(payment: Payment) -> Plain | None:
    """None for a payment whose pushes were answered, each in its own call."""
    attempts = [_attempt(a) if _is_told(a) else None for a in payment.attempts]
    if not (any(attempts) or payment.refunds or payment.exceptions or payment.history):
        return None
    return {
        "attempts": attempts,
        "refunds": [_refund(refund) for refund in payment.refunds],
        "exceptions": [_exception(record) for record in payment.exceptions],
        "history": [[instant(e.at), e.actor, e.action, numbers(e.facts)] for e in payment.history],
    }


def truth_from_plain(payment: Payment, plain: Plain | None) -> Payment:
    """The payment with what truth_to_plain was given."""
    if plain is None:
        return payment
    attempts = zip(payment.attempts, plain["attempts"], strict=True)
    return replace(
        payment,
        attempts=tuple(_read_attempt(a, more) if more else a for a, more in attempts),
        refunds=tuple(_read_refund(refund) for refund in plain["refunds"]),
        exceptions=tuple(_read_exception(record) for record in plain["exceptions"]),
        history=tuple(
            Entry(from_instant(at), actor, action, exact(facts))
            for at, actor, action, facts in plain["history"]
        ),
    )


def _is_told(attempt: Attempt) -> bool:
    return (attempt.doubt, attempt.proof, attempt.concluded_at) != (None, None, None) or (
        attempt.follow_up != NOTHING_ASKED
    )


def _attempt(attempt: Attempt) -> list[Any]:
    return [
        attempt.doubt,
        attempt.proof,
        optional_instant(attempt.concluded_at),
        None if attempt.follow_up == NOTHING_ASKED else _follow_up(attempt.follow_up),
    ]


def _read_attempt(attempt: Attempt, plain: Sequence[Any]) -> Attempt:
    doubt, proof, concluded, follow_up = plain
    return replace(
        attempt,
        doubt=None if doubt is None else Doubt(doubt),
        proof=None if proof is None else Proof(proof),
        concluded_at=optional_time(concluded),
        follow_up=NOTHING_ASKED if follow_up is None else _read_follow_up(follow_up),
    )


def _follow_up(follow_up: FollowUp) -> Plain:
    question, void = follow_up.open, follow_up.void
    return {
        "asked": follow_up.asked,
        "open": question
        and [question.kind, question.number, _moment(question.claimed), *_about(question)],
        "ask_at": optional_instant(follow_up.ask_at),
        "asked_at": optional_instant(follow_up.asked_at),
        "checked": follow_up.checked,
        "slow": follow_up.slow,
        "watched": follow_up.watched,
        "reversals": [_decision(decision) for decision in follow_up.reversals],
        "approved_at": optional_instant(follow_up.approved_at),
        "reverse_from": optional_instant(follow_up.reverse_from),
        "void": void and _void(void),
    }


def _read_follow_up(plain: Plain) -> FollowUp:
    question, void = plain["open"], plain["void"]
    return FollowUp(
        asked=plain["asked"],
        open=question
        and Question(QuestionKind(question[0]), question[1], _when(question[2]), *question[3:]),
        ask_at=optional_time(plain["ask_at"]),
        asked_at=optional_time(plain["asked_at"]),
        checked=plain["checked"],
        slow=plain["slow"],
        watched=plain["watched"],
        reversals=tuple(_read_decision(decision) for decision in plain["reversals"]),
        approved_at=optional_time(plain["approved_at"]),
        reverse_from=optional_time(plain["reverse_from"]),
        void=void and _read_void(void),
    )


def _about(question: Question) -> list[str]:
    return [] if question.about is None else [question.about]


def _void(void: Void) -> list[Any]:
    return [void.status, instant(void.until), [_decision(d) for d in void.decisions]]


def _read_void(plain: Sequence[Any]) -> Void:
    status, until, decisions = plain
    return Void(
        VoidStatus(status), from_instant(until), tuple(_read_decision(d) for d in decisions)
    )


def _decision(decision: Decision) -> list[Any]:
    return [
        decision.number,
        _moment(decision.decided),
        decision.asked and _moment(decision.asked),
        optional_instant(decision.ended_at),
        decision.result,
    ]


def _read_decision(plain: Sequence[Any]) -> Decision:
    count, decided, asked, ended, result = plain
    return Decision(count, _when(decided), asked and _when(asked), optional_time(ended), result)


def _moment(moment: Moment) -> list[Any]:
    return [instant(moment.at), moment.boot, moment.uptime // _MICROSECOND]


def _when(plain: Sequence[Any]) -> Moment:
    at, boot, uptime = plain
    return Moment(from_instant(at), boot, uptime * _MICROSECOND)


def _refund(refund: Refund) -> list[Any]:
    return [
        refund.id,
        refund.attempt_id,
        number(refund.amount.rupiah),
        refund.kind,
        refund.status,
        refund.reason,
        refund.actor,
        instant(refund.created_at),
        instant(refund.updated_at),
        refund.closed_by,
        refund.evidence,
        *([] if refund.call is None else [_void(refund.call), optional_instant(refund.ask_at)]),
    ]


def _read_refund(plain: Sequence[Any]) -> Refund:
    id_, attempt_id, amount, kind, status, reason, actor, created, updated = plain[:9]
    closed_by, proof, *called = plain[9:]
    return Refund(
        id=id_,
        attempt_id=attempt_id,
        amount=Money(int(amount)),
        kind=RefundKind(kind),
        status=RefundStatus(status),
        reason=reason,
        actor=actor,
        created_at=from_instant(created),
        updated_at=from_instant(updated),
        closed_by=closed_by,
        evidence=proof,
        call=_read_void(called[0]) if called else None,
        ask_at=optional_time(called[1]) if called else None,
    )


def _exception(record: ExceptionRecord) -> list[Any]:
    end = record.closed
    return [
        record.id,
        record.kind,
        record.attempt_id,
        number(record.amount.rupiah),
        instant(record.opened_at),
        record.code,
        end and [instant(end.at), end.actor, end.action, end.reason, end.evidence],
    ]


def _read_exception(plain: Sequence[Any]) -> ExceptionRecord:
    id_, kind, attempt_id, amount, opened, code, end = plain
    return ExceptionRecord(
        id=id_,
        kind=ExceptionKind(kind),
        attempt_id=attempt_id,
        amount=Money(int(amount)),
        opened_at=from_instant(opened),
        code=code,
        closed=end and Closing(from_instant(end[0]), *end[1:]),
    )
