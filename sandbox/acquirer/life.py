"""The life of a charge after it was asked for: who acts when, and how its money goes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeAlias, assert_never

from sandbox.acquirer.charge import Charge, Refund, State
from sandbox.acquirer.charges import Charges
from sandbox.acquirer.conduct import (
    CONDUCTS,
    MAGIC_AMOUNTS,
    MAGIC_PHONES,
    Conduct,
    Reason,
)
from sandbox.acquirer.partners import Partner
from sandbox.acquirer.plan import Plan
from sandbox.agenda import Agenda
from sandbox.answers import JAKARTA
from sandbox.behaviour import Ending
from sandbox.readers import Span
from sandbox.timers import Cut, Reply

REFUNDS_OF_A_CHARGE = 1_000
_LAST_MOMENT = 0.99


@dataclass(frozen=True, slots=True)
class Decide:
    """The simulated customer acts on a charge."""

    charge_id: str


@dataclass(frozen=True, slots=True)
class Close:
    """The window of a charge ends."""

    charge_id: str


@dataclass(frozen=True, slots=True)
class SettleRefund:
    """A pending refund is made."""

    charge_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class Depart:
    """An answer that was delayed leaves, or a call held in silence is cut."""

    end: Reply | Cut


@dataclass(frozen=True, slots=True)
class Deliver:
    """A notification leaves."""

    number: int


Due: TypeAlias = Decide | Close | SettleRefund | Depart | Deliver


Changed: TypeAlias = Callable[[Charge, datetime, Refund | None], None]
"""Called when a charge has begun, has changed its state, or one of its refunds has."""


class Life:
    """Carries the charges of all providers from asking to ending."""

    def __init__(
        self,
        *,
        agenda: Agenda[Due],
        random: Random,
        plans: dict[str, Plan],
        changed: Changed,
        remembered: int,
    ) -> None:
        self.charges = Charges(remembered)
        self.plans = plans
        self._agenda = agenda
        self._random = random
        self._changed = changed
        self._numbers = count(1)

    def token(self) -> str:
        """Thirty-two letters that nobody has seen before."""
        return f"{self._random.getrandbits(128):032x}"

    def number(self) -> int:
        """The next number."""
        return next(self._numbers)

    def handle(self, prefix: str, now: datetime) -> str:
        """What a provider calls a charge; a restart of the sandbox does not repeat it."""
        return f"{prefix}{now.astimezone(JAKARTA):%Y%m%d%H%M%S}{self.number():06}"

    def drawn(self, span: Span) -> timedelta:
        """A length of time out of the span."""
        return span.least + (span.most - span.least) * self._random.random()

    def open(
        self,
        *,
        provider: str,
        partner: Partner,
        reference: str,
        handle: str,
        amount: int,
        now: datetime,
        phone: str | None = None,
        ends_at: datetime | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Charge | None:
        """Begin a charge; None when the book is full of charges that still wait."""
        plan = self.plans[provider]
        charge = Charge(
            id=f"chg-{self.number():06}",
            provider=provider,
            partner=partner,
            reference=reference,
            handle=handle,
            amount=amount,
            phone=phone,
            conduct=self.conduct_of(provider, phone=phone, amount=amount),
            heard_at=now,
            ends_at=ends_at or now + plan.window,
            details=dict(details or {}),
        )
        return charge if self.charges.add(charge) else None

    def conduct_of(self, provider: str, *, phone: str | None, amount: int) -> Conduct:
        """What the customer of this phone does with a charge of this amount."""
        plan = self.plans[provider]
        name = plan.phones.get(phone or "")
        if name is None and plan.magic:
            name = MAGIC_PHONES.get(phone or "") or MAGIC_AMOUNTS.get(amount)
        return CONDUCTS[name or plan.customer]

    def begin(self, charge: Charge, now: datetime) -> None:
        """Start the clocks of a charge that its customer sees from now on."""
        conduct, plan = charge.conduct, self.plans[charge.provider]
        if conduct.after_window:
            self._agenda.set(charge.ends_at + plan.late_by, Decide(charge.id))
        elif conduct.last_moment:
            self._agenda.set(now + (charge.ends_at - now) * _LAST_MOMENT, Decide(charge.id))
        elif conduct.ending in {Ending.PAY, Ending.REFUSE}:
            self._agenda.set(now + self.drawn(plan.customer_after), Decide(charge.id))
        self._agenda.set(charge.ends_at, Close(charge.id))
        self._changed(charge, now, None)

    def pay(self, charge: Charge, now: datetime) -> None:
        """The customer's money moves."""
        charge.pay(approval=f"{self.number() % 1_000_000:06}", now=now)
        self._end(charge, now)

    def fail(self, charge: Charge, reason: Reason, now: datetime) -> None:
        """No money moves."""
        charge.fail(reason, now)
        self._end(charge, now)

    def expire(self, charge: Charge, now: datetime) -> None:
        """Nobody paid in time."""
        charge.expire(now)
        self._end(charge, now)

    def cancel(self, charge: Charge, now: datetime) -> None:
        """The merchant takes back what is not paid."""
        charge.cancel(now)
        self._end(charge, now)

    def void(self, charge: Charge, now: datetime) -> None:
        """All of the money goes back."""
        charge.void(now)
        self._changed(charge, now, None)

    def refund(
        self, charge: Charge, *, reference: str, amount: int, reason: str, now: datetime
    ) -> Refund:
        """Give money back, now or after a while, as the plan says; the caller has checked it."""
        assert 0 < amount <= charge.amount - charge.promised_back
        plan = self.plans[charge.provider]
        refund = Refund(reference, self.handle("RF", now), amount, reason, asked_at=now)
        charge.refunds[reference] = refund
        if plan.refunds == "pending":
            self._agenda.set(now + plan.refund_after, SettleRefund(charge.id, reference))
        else:
            charge.settle(refund, now, made=plan.refunds == "accept")
            self._changed(charge, now, refund)
        return refund

    def come_due(self, due: Decide | Close | SettleRefund, when: datetime) -> None:
        """Let happen to a charge what was set for this moment."""
        charge = self.charges.get(due.charge_id)
        if charge is None:
            return
        match due:
            case Decide():
                self.decide(charge, when)
            case Close():
                if charge.state is State.WAITING:
                    self.expire(charge, when)
            case SettleRefund():
                refund = charge.refunds[due.reference]
                charge.settle(refund, when, made=True)
                self._changed(charge, when, refund)
            case _:
                assert_never(due)

    def decide(self, charge: Charge, now: datetime) -> None:
        """Let the simulated customer act, unless it is too late for it."""
        if charge.conduct.ending is Ending.PAY:
            late = charge.state is State.EXPIRED and charge.conduct.after_window
            if charge.state is State.WAITING or late:
                self.pay(charge, now)
        elif charge.state is State.WAITING and charge.conduct.reason is not None:
            self.fail(charge, charge.conduct.reason, now)

    def _end(self, charge: Charge, now: datetime) -> None:
        if len(charge.history) == 2:  # its first ending
            self.charges.ended(charge)
        self._changed(charge, now, None)
