"""Rules broken on purpose, each found within a stated number of seeds: the judges can fail.

A sabotage is a patch of the product for the length of one world, and the kind of world in which it
does harm. The histories behind each are in the exhaustive model's notes (docs/simulation.md).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from adapters.outbound.memory.payments import MemoryPayments
from adapters.outbound.memory.state import State
from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.references import OvoReferences
from application import push_payments, resolve_payments
from application.abandon_attempts import AbandonAttempts
from application.confirm_payment import Report
from application.expire_payments import ExpirePayments
from application.ports import WriteUnconfirmed
from application.push_payments import Claims, PushPayments
from application.resolve_payments import ResolvePayments
from domain import payment as payments
from domain import refunding, resolving, reviewing, settling
from domain.asking import Answer
from domain.attempt import Attempt, AttemptStatus, Proof
from domain.follow_up import Void, VoidStatus
from domain.moment import Moment
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
from domain.payment import Change, Payment
from domain.rules import LateSuccess, Rules
from domain.settling import Knowledge
from domain.status import Status
from domain.webhook import DeliveryAnswer
from simulation import calls
from simulation.calls import Caller
from simulation.mixing import OVO
from simulation.run import Outcome as Judged
from simulation.run import Plan, run

ENDLESS = "a world has an end"
"""No proof of a sabotage: the world itself went in a circle."""
Patches = Sequence[tuple[object, str, object]]
_FAR = timedelta(days=9_999)
_REVERSING = AttemptStatus.REVERSING


@dataclass(frozen=True, slots=True)
class Sabotage:
    """One rule broken; `world` forces switches, `seeds` says within how many it is found.

    `known` is one of these seeds that finds it: it is tried first.
    """

    name: str
    breaks: str
    patches: Callable[[], Patches]
    world: tuple[tuple[str, Any], ...] = ()
    seeds: int = 10
    known: int = 0
    payments: int = 25
    calm: bool = False
    providers: tuple[str, ...] = (OVO,)

    def plan(self, seed: int) -> Plan:
        """One of the worlds in which it is looked for; a calm one has no accidents of its own."""
        accidents = 0 if self.calm else None
        return Plan(
            seed,
            payments=self.payments,
            forced=self.world,
            accidents=accidents,
            providers=self.providers,
        )


@contextmanager
def broken(sabotage: Sabotage) -> Iterator[None]:
    """The product with that rule broken."""
    with ExitStack() as mended:
        for owner, name, instead in sabotage.patches():
            mended.enter_context(patch.object(owner, name, instead))
        yield


def control(sabotage: Sabotage, first: int = 0, seeds: int | None = None) -> Judged | None:
    """The same worlds with nothing broken: the first in which something is found all the same."""
    for number in range(seeds or sabotage.seeds):
        judged = run(sabotage.plan(first + number))
        if judged.found:
            return judged
    return None


def hunt(sabotage: Sabotage) -> Judged | None:
    """A world of its seeds that finds it, the known one if that still does; None if none does."""
    with broken(sabotage):
        for seed in sorted(range(sabotage.seeds), key=lambda seed: seed != sabotage.known):
            judged = run(sabotage.plan(seed))
            if any(breach.name != ENDLESS for breach in judged.found):
                return judged
    return None


# -- the worlds -----------------------------------------------------------------------------------

_PAUSES = (("pause", 0.1), ("longest_pause", 150.0), ("crash", 0.0))
_LATE_NEWS = (("late_answer", 0.5), ("lost_answer", 0.2), ("slow_way", 0.5))
_SILENT = (("lost_answer", 0.6), ("late_answer", 0.2))
_EDGE = (
    ("window", 69.5),
    ("status_lag", 10.0),
    ("slow_way", 1.0),
    ("lost_answer", 0.5),
    ("clock_error", 2.4),
    ("workers", 2),
    ("middle_box", 0.0),
)
_UNSEEN = (("unseen_pause", 0.4), ("longest_pause", 150.0), ("late_success", LateSuccess.REVIEW))


# -- what is broken -------------------------------------------------------------------------------


def _no_deadline(module: object) -> Patches:
    real = push_payments.charge_of

    def charge_of(*args: Any, **named: Any) -> Any:
        return replace(real(*args, **named), leave_by=_FAR)

    return [(module, "charge_of", charge_of)]


def _shorter_horizon(less: timedelta) -> Patches:
    def after(attempt: Attempt, asked: Moment, rules: Rules) -> bool:
        return asked.since(attempt.claimed) >= rules.clocks.horizon - less

    return [(resolving, "_after_horizon", after)]


def _judged_when_recorded() -> Patches:
    real = resolving.hear

    def hear(payment: Payment, attempt_id: str, answer: Answer, known: Knowledge) -> Change | None:
        now = Moment(known.at, "nowhere", timedelta(0))
        asked = replace(answer, asked=now)
        return real(payment, attempt_id, asked, known)

    return [(resolving, "hear", hear)]


def _early_reversal_is_proof() -> Patches:
    real = resolving._hear_reversal

    def hear(payment: Payment, attempt: Attempt, answer: Answer, known: Knowledge) -> Change | None:
        with patch.object(resolving, "_after_horizon", lambda *_: True):
            return real(payment, attempt, answer, known)

    return [(resolving, "_hear_reversal", hear)]


def _only_answered_reversals_close() -> Patches:
    real_answered, real_news = settling.answered, resolving._is_good_news

    def is_open(attempt: Attempt) -> bool:
        ended = any(d.ended_at is not None for d in attempt.follow_up.reversals)
        return attempt.status is _REVERSING and not ended

    def answered(
        payment: Payment, attempt: Attempt, outcome: Outcome, known: Knowledge
    ) -> Change | None:
        if is_open(attempt) and isinstance(outcome, Approved):
            return settling.approve(payment, attempt, outcome, known)
        return real_answered(payment, attempt, outcome, known)

    def news(attempt: Attempt, outcome: Approved, known: Knowledge) -> bool:
        return is_open(attempt) or real_news(attempt, outcome, known)

    return [(settling, "answered", answered), (resolving, "_is_good_news", news)]


def _late_is_success() -> Patches:
    def late(
        payment: Payment, attempt: Attempt, outcome: Approved, known: Knowledge
    ) -> Change | None:
        if payment.status not in settling._HONOURED_FROM:
            return None
        paid = settling._paid(payment, attempt, outcome, known)
        return payment.become(paid, Status.SUCCEEDED, known.at, known.event_id)

    return [(settling, "late", late)]


def _honour_always() -> Patches:
    def may(payment: Payment, attempt: Attempt) -> bool:
        return payment.status in settling._HONOURED_FROM

    return [(settling, "may_honour", may)]


def _operator_does_not_wait() -> Patches:
    return [(reviewing, "_not_before", lambda *_: timedelta(0))]


def _nobody_told() -> Patches:
    return [(resolving, "_told_at_exhaustion", lambda payment, *_: payment)]


def _cut_is_not_sent() -> Patches:
    real = Caller._outcome

    def outcome(self: Caller, operation: Operation, *rest: Any) -> Outcome:
        told = real(self, operation, *rest)
        return (
            NotSent("cut") if told == Unknown(Doubt.CUT) and operation is Operation.PUSH else told
        )

    return [(Caller, "_outcome", outcome)]


def _silence_is_failure() -> Patches:
    def doubt(payment: Payment, attempt: Attempt, _: Unknown, known: Knowledge) -> Change:
        return settling.not_charged(payment, attempt, Proof.REFUSED, known)

    return [(settling, "doubt", doubt)]


def _resend_unsettled() -> Patches:
    real = Payment.ask_again

    def ask_again(self: Payment, phone: Any, **named: Any) -> Change:
        if self.status is Status.UNKNOWN:
            waiting = replace(self, status=Status.PENDING, due_at=named["at"])
            return self.tell(waiting, named["at"], [], payments.no_event)
        return real(self, phone, **named)

    def live(self: Payment) -> Attempt | None:
        if self.status is Status.PENDING:
            return None
        return next((attempt for attempt in self.attempts if attempt.live), None)

    return [(Payment, "ask_again", ask_again), (Payment, "live_attempt", property(live))]


def _restart_sends_again() -> Patches:
    def report(self: AbandonAttempts, payment: Payment) -> Sequence[Report]:
        attempt = payment.live_attempt
        again = NotSent("its process is gone")
        return [Report(payment.id, attempt.id, again, known=payment)] if attempt else []

    return [(AbandonAttempts, "_report", report)]


def _expiry_in_flight() -> Patches:
    real = ExpirePayments.__call__

    def expire(self: ExpirePayments, limit: int) -> int:
        now = self.clock().at
        for payment in self.payments.to_ask("ovo", now + timedelta(days=9), limit):
            attempt = payment.live_attempt
            if attempt is not None and now >= payment.expires_at:
                known = Knowledge(now, Rules(), self.new_id)
                told = settling.conclude(
                    payment, attempt, AttemptStatus.NOT_CHARGED, Proof.REFUSED, known
                )
                change = payment.become(told, Status.EXPIRED, now, known.event_id)
                self.payments.save_each([change])
        return real(self, limit)

    return [(ExpirePayments, "__call__", expire)]


def _blind_writes() -> Patches:
    def judge(self: MemoryPayments, payment: Payment) -> None:
        """Whoever comes last is right."""

    return [(MemoryPayments, "_judge", judge)]


def _late_dropped_while_live() -> Patches:
    real = settling.late

    def late(
        payment: Payment, attempt: Attempt, outcome: Approved, known: Knowledge
    ) -> Change | None:
        return None if payment.live_attempt else real(payment, attempt, outcome, known)

    def once(
        payment: Payment, attempt: Attempt, outcome: Approved, known: Knowledge
    ) -> Change | None:
        change = late(payment, attempt, outcome, known)
        if change is None:  # dropped for good: it is not asked about again
            quiet = replace(attempt, follow_up=replace(attempt.follow_up, ask_at=None))
            told = payment.with_attempt(quiet)
            return payment.tell(told, known.at, [], payments.no_event)
        return change

    return [(settling, "late", once)]


def _reversed_after_94() -> Patches:
    def left(attempt: Attempt, rules: Rules) -> bool:
        return len(attempt.follow_up.reversals) < rules.most_reversals

    return [(resolving, "_has_reversals_left", left)]


def _references_restored() -> Patches:
    real_next, real_judge = OvoReferences.next, MemoryPayments._judge
    counted = [0]

    def after_the_restore(self: OvoReferences, *args: Any) -> Any:
        counted[0] += 1
        if counted[0] % 7 == 0:  # the backup was three numbers behind
            for block in self._blocks.values():
                block.next = max(0, block.next - 3)
        return real_next(self, *args)

    def judge(self: MemoryPayments, payment: Payment) -> None:
        self._state.references.clear()  # restored too: what was used is not known any more
        real_judge(self, payment)

    return [(OvoReferences, "next", after_the_restore), (MemoryPayments, "_judge", judge)]


def _sent_unacknowledged() -> Patches:
    def turn(self: PushPayments, room: int) -> Claims:
        now = self.clock().at
        due = self.payments.due(self.provider.name, Status.PENDING, now, limit=room)
        steps = [step for payment in due if (step := self._step(payment))]
        refusals = self.payments.save_each([change for change, _ in steps]) if steps else []
        won = [
            claim
            for (_, claim), refusal in zip(steps, refusals, strict=True)
            if claim and (refusal is None or isinstance(refusal, WriteUnconfirmed))
        ]
        return Claims(won, [])

    return [(PushPayments, "__call__", turn)]


def _handed_back_after_the_first_byte() -> Patches:
    real = settling.doubt

    def doubt(
        payment: Payment, attempt: Attempt, outcome: Unknown, known: Knowledge
    ) -> Change | None:
        if outcome.doubt is Doubt.SILENCE and attempt.status is AttemptStatus.WAITING:
            return settling.hand_back(payment, attempt, NotSent("handed back"), known)
        return real(payment, attempt, outcome, known)

    return [(settling, "doubt", doubt)]


def _absent_is_different() -> Patches:
    strict = OvoDialect(require_invoice=True, require_batch=True)
    return [(calls, "DIALECT", strict)]


def _newest_only() -> Patches:
    def due(self: ResolvePayments, room: int) -> Sequence[Payment]:
        now = self.clock().at
        return self.payments.to_ask(self.provider.name, now, room, newest=True)

    return [(ResolvePayments, "_due", due)]


def _void_after_a_manual_refund() -> Patches:
    asked = refunding.request

    def request(payment: Payment, amount: Any, **named: Any) -> Change:
        change = asked(payment, amount, **named)
        known = named["known"]
        told = change.payment
        attempt = next(a for a in told.attempts if a.status is AttemptStatus.APPROVED)
        until = known.rules.void_cutoff(told.paid_at or known.at)
        if attempt.follow_up.void is None and known.at < until:
            void = Void(VoidStatus.WANTED, until)
            wanted = replace(attempt.follow_up, void=void, ask_at=known.at)
            told = told.with_attempt(replace(attempt, follow_up=wanted))
        return Change(told, change.events)

    return [(refunding, "request", request)]


def _no_watch() -> Patches:
    return [(settling, "watch_at", lambda *_: None)]


def _delivered_before_the_2xx() -> Patches:
    return [(DeliveryAnswer, "accepted", property(lambda _: True))]


def _open_late_success_ignored() -> Patches:
    def hold(self: Any, order: Any, *, besides: str) -> bool:
        return False

    return [
        (State, "on_hold", hold),
        (Payment, "has_open_late_success", property(lambda _: False)),
    ]


SABOTAGES: tuple[Sabotage, ...] = (
    Sabotage(
        "no_send_deadline",
        "A push may leave however long ago it was claimed.",
        lambda: _no_deadline(push_payments),
        _PAUSES,
    ),
    Sabotage(
        "no_reversal_deadline",
        "A reversal may leave however long ago it was decided.",
        lambda: _no_deadline(resolve_payments),
        (*_PAUSES, *_SILENT),
    ),
    Sabotage(
        "horizon_without_skew",
        "The horizon leaves no room for two clocks that differ.",
        lambda: _shorter_horizon(timedelta(seconds=5)),
        _EDGE,
        seeds=40,
        known=7,
    ),
    Sabotage(
        "horizon_too_short",
        "The horizon is a little short.",
        lambda: _shorter_horizon(timedelta(seconds=12)),
        _EDGE,
        seeds=40,
        known=7,
    ),
    Sabotage(
        "judged_when_recorded",
        "A negative answer counts by when it is written, not by when it was asked for.",
        _judged_when_recorded,
        (*_PAUSES, *_SILENT),
        seeds=40,
        known=35,
    ),
    Sabotage(
        "early_reversal_is_proof",
        "A reversal's own 00 is the proof, however early it was sent.",
        _early_reversal_is_proof,
        (*_SILENT, ("reversal_of_unknown", "00")),
    ),
    Sabotage(
        "believed_at_window_end",
        "25 is believed ten seconds after the customer's window.",
        lambda: _shorter_horizon(timedelta(seconds=40)),
        _SILENT,
    ),
    Sabotage(
        "only_answered_reversals_close",
        "A 00 makes an attempt paid while its reversal is still on its way.",
        _only_answered_reversals_close,
        (*_LATE_NEWS, ("lost_answer", 0.5), ("pause", 0.05), ("longest_pause", 30.0)),
        seeds=20,
        known=1,
    ),
    Sabotage(
        "late_is_success",
        "An approval of a concluded attempt makes the payment paid, whatever was decided.",
        _late_is_success,
        _UNSEEN,
        seeds=20,
    ),
    Sabotage(
        "honour_always",
        "A late success is honoured though a reversal was decided, or another attempt is live.",
        _honour_always,
        (*_UNSEEN[:2], ("late_success", LateSuccess.HONOUR), ("refunds", 0.0)),
        seeds=10,
    ),
    Sabotage(
        "operator_does_not_wait",
        "A person closes a payment while its push may still be on its way.",
        _operator_does_not_wait,
        (*_SILENT, ("middle_box", 0.5), ("operator_after", timedelta(seconds=60))),
    ),
    Sabotage(
        "nobody_told",
        "No exception opens when the reversals are spent.",
        _nobody_told,
        (("lost_answer", 0.7), ("reversal_404s", 2), ("status_lag", 10.0)),
        seeds=20,
    ),
    Sabotage(
        "cut_is_not_sent",
        "A read error counts as a push that was not sent.",
        _cut_is_not_sent,
        (("lost_answer", 0.3),),
    ),
    Sabotage("silence_is_failure", "A time-out becomes a failure.", _silence_is_failure, _SILENT),
    Sabotage(
        "resend_unsettled",
        "The customer may send again before the attempt before is settled.",
        _resend_unsettled,
        _SILENT,
    ),
    Sabotage(
        "restart_sends_again",
        "A restarted process takes up again what its predecessor had claimed.",
        _restart_sends_again,
        (("crash", 0.03),),
    ),
    Sabotage(
        "expiry_in_flight",
        "A payment expires while its push is with the customer.",
        _expiry_in_flight,
        _SILENT,
        seeds=20,
        known=2,
    ),
    Sabotage(
        "blind_writes",
        "The last writer is right: no compare-and-set.",
        _blind_writes,
        (*_LATE_NEWS, ("workers", 2), ("repeated", 0.3)),
    ),
    Sabotage(
        "late_dropped_while_live",
        "A late success is dropped while a later attempt is live.",
        _late_dropped_while_live,
        _UNSEEN,
        seeds=40,
        known=4,
    ),
    Sabotage(
        "reversed_after_94",
        "What was answered 40 or 94 is reversed by itself.",
        _reversed_after_94,
        (("odd_customer", 0.8), ("lost_answer", 0.3)),
    ),
    Sabotage(
        "references_restored",
        "References come from a backup: some are given out twice.",
        _references_restored,
    ),
    Sabotage(
        "sent_unacknowledged",
        "A push leaves although nobody said that its claim was written.",
        _sent_unacknowledged,
        (("lost_write", 0.1),),
    ),
    Sabotage(
        "handed_back_after_the_first_byte",
        "A call that is open too long is handed back as not sent.",
        _handed_back_after_the_first_byte,
        (("late_answer", 0.5), ("ended_answer", "silence")),
    ),
    Sabotage(
        "absent_is_different",
        "An answer without invoice or batch is taken for somebody else's.",
        _absent_is_different,
        (("omits", True),),
    ),
    Sabotage(
        "newest_only",
        "The newest unknown is always first; no share is kept for the oldest.",
        _newest_only,
        (
            *(("check_pace", 1.0), ("rush", True), ("lost_answer", 0.7)),
            *((name, 0.0) for name in ("crash", "pause", "conflict", "lost_write")),
            *(("lost_acknowledgement", 0.0), ("cancels", 0.0)),
        ),
        payments=250,
        calm=True,
    ),
    Sabotage(
        "void_after_a_manual_refund",
        "A void is made although part was given back by hand.",
        _void_after_a_manual_refund,
        (("refunds", 0.8),),
    ),
    Sabotage(
        "no_watch",
        "Nobody asks again about an attempt that was concluded without the wallet's word.",
        _no_watch,
        _UNSEEN,
        seeds=20,
    ),
    Sabotage(
        "delivered_before_the_2xx",
        "A webhook counts as delivered before its answer.",
        _delivered_before_the_2xx,
        (("receiver_down", 0.4),),
    ),
    Sabotage(
        "open_late_success_ignored",
        "Another attempt of the order is claimed while a late success is open.",
        _open_late_success_ignored,
        (*_UNSEEN, ("second_order", 0.9), ("unseen_pause", 0.7), ("cancels", 0.3)),
        seeds=10,
        known=2,
    ),
)
"""Every rule that is broken, by name."""
