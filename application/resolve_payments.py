"""Claim the questions that are due at the wallet, writing down each before it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from application.ports import (
    AccountRepository,
    Charge,
    Clock,
    NewId,
    NotFound,
    PaymentRepository,
    RefundOrder,
)
from application.push_payments import charge_of
from domain import resolving
from domain.attempt import Attempt
from domain.follow_up import Question
from domain.merchant import ProviderAccount
from domain.payment import Change, Payment
from domain.provider import Provider
from domain.settling import Knowledge

LOOK_AGAIN_AFTER = timedelta(minutes=1)
"""When a payment is asked about again whose account is gone."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that this process, and no other, must now send; `refund` is what it is about."""

    payment: Payment
    attempt: Attempt
    question: Question
    charge: Charge
    refund: RefundOrder | None = None


@dataclass(frozen=True, slots=True)
class ResolvePayments:
    """Claim at most `room` questions of one provider, half of the room kept for the newest.

    After an outage thousands may be due: the oldest first, but whoever waits in front of a phone
    just now must not wait for all of them. Raises StoreUnavailable when nothing was written; a
    claim whose write is doubtful is not sent, and is asked again when its time is over.
    """

    payments: PaymentRepository
    accounts: AccountRepository
    provider: Provider
    clock: Clock
    new_id: NewId

    def __call__(self, room: int) -> Sequence[Asking]:
        steps = [step for payment in self._due(room) if (step := self._step(payment))]
        if not steps:
            return []
        refusals = self.payments.save_each([change for change, _ in steps])
        return [
            asking
            for (_, asking), refusal in zip(steps, refusals, strict=True)
            if asking and refusal is None
        ]

    def _due(self, room: int) -> Sequence[Payment]:
        now, name = self.clock().at, self.provider.name
        oldest = self.payments.to_ask(name, now, room)
        if len(oldest) < room:
            return oldest
        newest = self.payments.to_ask(name, now, room // 2, newest=True)
        chosen = {payment.id: payment for payment in newest}
        for payment in oldest:
            if len(chosen) < room:
                chosen.setdefault(payment.id, payment)
        return list(chosen.values())

    def _step(self, payment: Payment) -> tuple[Change, Asking | None] | None:
        claim = self.clock()
        try:
            account = self.accounts.get(
                payment.merchant_id, self.provider.name, livemode=payment.livemode
            )
        except NotFound:
            return resolving.postpone(payment, claim.at + LOOK_AGAIN_AFTER, claim.at), None
        known = Knowledge(claim.at, self.provider.rules, self.new_id)
        step = resolving.ask(payment, claim, known)
        if step is None:
            return None
        return step.change, self._asking(step, account)

    def _asking(self, step: resolving.Step, account: ProviderAccount) -> Asking | None:
        if step.question is None:
            return None
        payment = step.change.payment
        attempt = payment.attempt(step.attempt_id)
        charge = charge_of(payment, attempt, account, self.provider, since=step.question.claimed)
        return Asking(payment, attempt, step.question, charge, _refund(payment, step.question))


def _refund(payment: Payment, question: Question) -> RefundOrder | None:
    """What is to be given back, where the question is about that."""
    for refund in payment.refunds:
        if refund.id == question.about:
            return RefundOrder(refund.id, refund.amount, refund.reason)
    return None
