"""Write down what a wallet answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.ports import (
    AccountRepository,
    Clock,
    NewId,
    NotFound,
    OrderTaken,
    PaymentRepository,
    SaveEach,
    StalePayment,
    StoreUnavailable,
    WorkSignal,
)
from domain import resolving
from domain.asking import Answer
from domain.copying import replace
from domain.follow_up import Question
from domain.merchant import Stop
from domain.moment import Moment
from domain.outcome import Approved, Declined, Outcome
from domain.payment import Change, Payment
from domain.rules import Rulebook
from domain.settling import Knowledge

MOST_ROUNDS = 8
"""How often a report is decided anew because somebody else was quicker."""
PROBE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a push, or with `question` of what was asked about it afterwards.

    `asked` is the moment read just before the question was sent. `known` spares a read: the payment
    as it was when last seen. `may_honour` is False once the store told that the order is held.
    """

    payment_id: str
    attempt_id: str
    outcome: Outcome
    known: Payment | None = None
    question: Question | None = None
    asked: Moment | None = None
    may_honour: bool = True


@dataclass(frozen=True, slots=True)
class ConfirmPayment:
    """Record outcomes, each exactly once however often it is reported.

    Returns the reports that could not be written because the store is away: hold and repeat them.
    """

    payments: PaymentRepository
    save_each: SaveEach
    accounts: AccountRepository
    rules: Rulebook
    clock: Clock
    new_id: NewId
    signal: WorkSignal

    def __call__(self, reports: Sequence[Report]) -> Sequence[Report]:
        todo = list(reports)
        held: list[Report] = []
        for _ in range(MOST_ROUNDS):
            if not todo:
                break
            todo = self._round(todo, held)
        return held + todo

    def _round(self, reports: Sequence[Report], held: list[Report]) -> list[Report]:
        """Decide and write once; returns those to be read and decided again."""
        try:
            owners = self._owners(reports)
        except StoreUnavailable:
            held += [replace(report, known=None) for report in reports]
            return []
        decided: list[tuple[Report, Change]] = []
        for report in reports:
            try:
                change = self._decide(report, owners)
                if change:
                    decided.append((report, change))
                self._stop_account(report)
            except StoreUnavailable:
                held.append(replace(report, known=None))
        if not decided:
            return []
        again: list[Report] = []
        refusals = self.save_each([change for _, change in decided])
        for (report, change), refusal in zip(decided, refusals, strict=True):
            if refusal is None:
                self.signal.wake(change.payment.id)
            elif isinstance(refusal, StalePayment):
                again.append(replace(report, known=None))
            elif isinstance(refusal, OrderTaken):  # a late success of an order that is held
                again.append(replace(report, known=None, may_honour=False))
            else:  # away, full or unconfirmed: read back before anything is decided
                held.append(replace(report, known=None))
        return again

    def _owners(self, reports: Sequence[Report]) -> Mapping[str, str]:
        """Whose each approval's proof is already: one charge at the wallet is one attempt's."""
        told = [report.outcome for report in reports if isinstance(report.outcome, Approved)]
        evidence = [outcome.evidence for outcome in told if outcome.evidence is not None]
        return self.payments.charged_as(evidence) if evidence else {}

    def _decide(self, report: Report, owners: Mapping[str, str]) -> Change | None:
        outcome, is_new = report.outcome, True
        if isinstance(outcome, Approved) and outcome.evidence is not None:
            is_new = owners.get(outcome.evidence) in {None, report.attempt_id}
        try:
            payment = report.known or self.payments.get(report.payment_id)
            rules = self.rules.of(payment.order.provider)
            known = Knowledge(self.clock().at, rules, self.new_id, is_new, report.may_honour)
            return self._change(payment, report, known)
        except (NotFound, KeyError):
            return None  # a claim that was never written has nothing to be told

    def _change(self, payment: Payment, report: Report, known: Knowledge) -> Change | None:
        if report.question is not None and report.asked is not None:
            question = report.question
            answer = Answer(
                question.kind, question.number, report.asked, report.outcome, question.about
            )
            return resolving.hear(payment, report.attempt_id, answer, known)
        return payment.record(report.attempt_id, report.outcome, known=known)

    def _stop_account(self, report: Report) -> None:
        # A follow-up's word on the account is an alarm alone: the merchant may be let push and not
        # ask, and a stop would end its payments for that.
        outcome = report.outcome
        if not isinstance(outcome, Declined) or not outcome.stops_account:
            return
        payment = self.payments.get(report.payment_id)
        account = self.accounts.get(
            payment.merchant_id, payment.order.provider, livemode=payment.livemode
        )
        if account.stopped is None:
            now = self.clock().at
            stop = Stop(outcome.code, now, payment.id, now + PROBE_EVERY)
            self.accounts.set_stop(account, stop)
