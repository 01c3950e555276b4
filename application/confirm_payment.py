"""Write down what a wallet answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from application.ports import (
    AccountRepository,
    Clock,
    NewId,
    NotFound,
    PaymentRepository,
    StalePayment,
    StoreUnavailable,
    WorkSignal,
)
from domain.ids import IdKind
from domain.merchant import Stop
from domain.outcome import Declined, Outcome
from domain.payment import Change, Payment

MOST_ROUNDS = 8
"""How often a report is decided anew because somebody else was quicker."""
PROBE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one attempt. `known` spares a read: the payment as it was when last seen."""

    payment_id: str
    attempt_id: str
    outcome: Outcome
    known: Payment | None = None


@dataclass(frozen=True, slots=True)
class ConfirmPayment:
    """Record outcomes, each exactly once however often it is reported.

    Returns the reports that could not be written because the store is away: hold and repeat them.
    """

    payments: PaymentRepository
    accounts: AccountRepository
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
        decided: list[tuple[Report, Change]] = []
        for report in reports:
            try:
                change = self._decide(report)
                if change:
                    decided.append((report, change))
                self._stop_account(report)
            except StoreUnavailable:
                held.append(replace(report, known=None))
        if not decided:
            return []
        again: list[Report] = []
        refusals = self.payments.save_each([change for _, change in decided])
        for (report, change), refusal in zip(decided, refusals, strict=True):
            if refusal is None:
                self.signal.wake(change.payment.id)
            elif isinstance(refusal, StalePayment):
                again.append(replace(report, known=None))
            else:  # away, full or unconfirmed: read back before anything is decided
                held.append(replace(report, known=None))
        return again

    def _decide(self, report: Report) -> Change | None:
        try:
            payment = report.known or self.payments.get(report.payment_id)
            return payment.record(
                report.attempt_id,
                report.outcome,
                at=self.clock().at,
                new_event_id=partial(self.new_id, IdKind.EVENT),
            )
        except (NotFound, KeyError):
            return None  # a claim that was never written has nothing to be told

    def _stop_account(self, report: Report) -> None:
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
            self.accounts.save(replace(account, stopped=stop))
