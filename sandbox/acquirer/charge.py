"""One charge as its provider knows it: what was asked, how it ended, and where the money is."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sandbox.acquirer.conduct import Conduct, Reason
from sandbox.acquirer.partners import Partner


class State(StrEnum):
    """Where a charge stands."""

    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"  # by its merchant, before it was paid
    VOIDED = "voided"  # paid and wholly given back the same day
    REFUNDED = "refunded"  # wholly given back by refunds


class RefundState(StrEnum):
    """Where a refund stands."""

    PENDING = "pending"
    MADE = "made"
    REFUSED = "refused"


@dataclass(slots=True, eq=False)
class Refund:
    """Money on its way back: under the merchant's own reference, and the provider's number."""

    reference: str
    number: str
    amount: int
    reason: str
    asked_at: datetime
    state: RefundState = RefundState.PENDING
    settled_at: datetime | None = None
    times_heard: int = 1


@dataclass(slots=True, eq=False, repr=False)
class Charge:
    """The life of one charge. Its methods are the only ways in which it changes state."""

    id: str
    provider: str
    partner: Partner
    reference: str  # the merchant's
    handle: str  # the provider's own
    amount: int
    conduct: Conduct
    heard_at: datetime
    ends_at: datetime
    phone: str | None = None
    details: dict[str, Any] = field(default_factory=dict)  # what only its provider understands
    state: State = State.WAITING
    reason: Reason | None = None
    approval: str = ""
    call: int | None = None  # the caller who is held for it
    times_heard: int = 1
    paid_at: datetime | None = None
    given_back_at: datetime | None = None  # wholly
    follow_ups: Counter[str] = field(default_factory=Counter)
    refunds: dict[str, Refund] = field(default_factory=dict)
    history: list[tuple[datetime, State]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history.append((self.heard_at, State.WAITING))

    def pay(self, *, approval: str, now: datetime) -> None:
        """The customer's money moves; one that expired can still be paid, too late."""
        assert self.state in {State.WAITING, State.EXPIRED}
        self.approval, self.paid_at = approval, now
        self._become(State.PAID, now)

    def fail(self, reason: Reason, now: datetime) -> None:
        """No money moves, for a reason."""
        assert self.state is State.WAITING
        self.reason = reason
        self._become(State.FAILED, now)

    def expire(self, now: datetime) -> None:
        """Nobody paid in time."""
        assert self.state is State.WAITING
        self._become(State.EXPIRED, now)

    def cancel(self, now: datetime) -> None:
        """Its merchant takes it back before it is paid."""
        assert self.state in {State.WAITING, State.EXPIRED}
        self._become(State.CANCELED, now)

    def void(self, now: datetime) -> None:
        """All of the money goes back the same day."""
        assert self.state is State.PAID
        assert not self.refunds
        self.given_back_at = now
        self._become(State.VOIDED, now)

    def settle(self, refund: Refund, now: datetime, *, made: bool) -> None:
        """A refund is made, or refused after all."""
        assert refund.state is RefundState.PENDING
        refund.state = RefundState.MADE if made else RefundState.REFUSED
        refund.settled_at = now
        if made and self.refunded == self.amount:
            self.given_back_at = now
            self._become(State.REFUNDED, now)

    def state_at(self, moment: datetime) -> State | None:
        """Where it stood then; None before it was heard."""
        return next((state for at, state in reversed(self.history) if at <= moment), None)

    @property
    def refunded(self) -> int:
        """The rupiah that went back by refunds."""
        return sum(r.amount for r in self.refunds.values() if r.state is RefundState.MADE)

    @property
    def promised_back(self) -> int:
        """The rupiah that went back or are on their way back."""
        return sum(r.amount for r in self.refunds.values() if r.state is not RefundState.REFUSED)

    @property
    def money_moved(self) -> bool:
        """Whether the customer's money ever moved."""
        return self.paid_at is not None

    @property
    def returned(self) -> int:
        """The rupiah that went back, by whatever road."""
        return self.amount if self.state is State.VOIDED else self.refunded

    @property
    def kept(self) -> int:
        """The rupiah that the merchant has now."""
        return self.amount - self.returned if self.money_moved else 0

    def _become(self, state: State, now: datetime) -> None:
        self.state = state
        self.history.append((now, state))
