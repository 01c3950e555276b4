"""Claim the payments whose turn it is, writing down each attempt before it is made."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from application.confirm_payment import Report
from application.ports import (
    AccountRepository,
    Charge,
    Clock,
    NewId,
    NotFound,
    OrderOnHold,
    PaymentRepository,
    ReferenceAllocator,
    SaveEach,
    StalePayment,
    StoreUnavailable,
    WriteUnconfirmed,
)
from domain.attempt import Attempt
from domain.errors import AttemptsExhausted, LunasError, OpenException
from domain.ids import IdKind
from domain.merchant import ProviderAccount
from domain.moment import Moment
from domain.outcome import NotSent
from domain.payment import Change, Payment, Status
from domain.provider import Provider

STOPPED_FOR = timedelta(seconds=10)
"""When a payment of a stopped account is looked at again: the account may go on meanwhile."""
LOOK_AGAIN_AFTER = timedelta(minutes=1)
"""When a payment is looked at again whose account could not be used."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A push that this process, and no other, must now send."""

    payment: Payment
    attempt: Attempt
    charge: Charge


@dataclass(frozen=True, slots=True)
class Claims:
    """What a turn brought: pushes to send, and claims that may be written but must not be sent."""

    to_send: Sequence[Claim]
    not_to_send: Sequence[Report]


def charge_of(
    payment: Payment,
    attempt: Attempt,
    account: ProviderAccount,
    provider: Provider,
    *,
    since: Moment,
) -> Charge:
    """The words of an attempt for its gateway; `since` is the claim or decision to be sent by."""
    return Charge(
        attempt_id=attempt.id,
        account=account,
        amount=payment.order.amount,
        phone=attempt.phone,
        references=attempt.references,
        claimed_at=attempt.claimed.at,
        leave_by=since.uptime + provider.clocks.send_within,
        order_id=payment.order.order_id,
        description=payment.order.description,
        return_url=payment.order.return_url,
        customer_id=payment.order.customer.id if payment.order.customer else None,
        window_ends_at=attempt.window_ends_at,
        handle=attempt.handle,
        link_id=payment.order.link_id,
    )


@dataclass(frozen=True, slots=True)
class PushPayments:
    """Claim at most `room` due payments of one provider.

    A payment that cannot be pushed any more rests until it expires; one of a stopped account, until
    the account is probed. Raises StoreUnavailable when nothing was written.
    """

    payments: PaymentRepository
    save_each: SaveEach
    accounts: AccountRepository
    references: ReferenceAllocator
    provider: Provider
    clock: Clock
    new_id: NewId
    worker: str

    def __call__(self, room: int) -> Claims:
        due = self.payments.due(self.provider.name, Status.PENDING, self.clock().at, limit=room)
        steps: list[tuple[Change, Claim | None]] = []
        for payment in due:
            with suppress(StoreUnavailable):  # no reference, no claim: it stays due
                step = self._step(payment)
                if step:
                    steps.append(step)
        refusals = self.save_each([change for change, _ in steps]) if steps else []
        won: list[Claim] = []
        doubtful: list[Report] = []
        for (_, claim), refusal in zip(steps, refusals, strict=True):
            if claim and refusal is None:
                won.append(claim)
            elif claim and isinstance(refusal, WriteUnconfirmed):
                doubtful.append(self._unsent(claim))
            elif claim and isinstance(refusal, OrderOnHold):
                self._rest(claim.payment.id)
        return Claims(to_send=won, not_to_send=doubtful)

    def _rest(self, payment_id: str) -> None:
        """Its order has a late success to be settled: look again in a while."""
        payment = self.payments.get(payment_id)
        now = self.clock().at
        until = min(now + LOOK_AGAIN_AFTER, payment.expires_at)
        if payment.status is Status.PENDING:
            with suppress(StalePayment):
                self.payments.save(payment.rest(until=until, at=now))

    def _unsent(self, claim: Claim) -> Report:
        why = NotSent("the claim was not acknowledged")
        return Report(claim.payment.id, claim.attempt.id, why)

    def _step(self, payment: Payment) -> tuple[Change, Claim | None] | None:
        now = self.clock().at
        ended = payment.expire(at=now, new_event_id=partial(self.new_id, IdKind.EVENT))
        if ended or not payment.has_what_it_needs(self.provider.rules):
            return (ended, None) if ended else None
        try:
            account = self.accounts.get(
                payment.merchant_id, self.provider.name, livemode=payment.livemode
            )
        except NotFound:
            return payment.rest(until=payment.expires_at, at=now), None
        if account.stopped:
            # Not until the probe: it may pass just after this look, and would not be heard of.
            until = min(now + STOPPED_FOR, payment.expires_at)
            return payment.rest(until=until, at=now), None
        try:
            return self._claim(payment, account)
        except (AttemptsExhausted, OpenException):
            return payment.rest(until=payment.expires_at, at=now), None
        except StoreUnavailable:
            raise
        except LunasError:  # the account cannot be used as it is: an operator mends it meanwhile
            until = min(now + LOOK_AGAIN_AFTER, payment.expires_at)
            return payment.rest(until=until, at=now), None

    def _claim(self, payment: Payment, account: ProviderAccount) -> tuple[Change, Claim]:
        attempt_id = self.new_id(IdKind.ATTEMPT)
        references = self.references.next(account, attempt_id)
        change = payment.push(
            attempt_id=attempt_id,
            references=references,
            claim=self.clock(),
            worker=self.worker,
            rules=self.provider.rules,
            new_event_id=partial(self.new_id, IdKind.EVENT),
        )
        attempt = change.payment.attempts[-1]
        charge = charge_of(change.payment, attempt, account, self.provider, since=attempt.claimed)
        return change, Claim(change.payment, attempt, charge)
