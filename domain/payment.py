"""The payment: one order's money, its attempts, and the only steps that may change it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from domain.attempt import CONCLUDED, Attempt, AttemptStatus, References
from domain.errors import (
    AttemptsExhausted,
    Cooldown,
    IllegalTransition,
    OpenException,
    PaymentIsUnknown,
)
from domain.events import Event, EventType
from domain.moment import AttemptClocks, Moment
from domain.money import NOTHING, Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.outcome import Approved, Declined, Details, Doubt, NotSent, Outcome, Unknown
from domain.reason import WALLET_UNREACHABLE, Reason

MOST_ATTEMPTS = 5
"""Attempts that may reach the customer; those proved not sent do not count."""
RESEND_AFTER = timedelta(seconds=15)
NOT_SENT_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 15))
"""Before each new try of a push that was proved not sent; then the customer is asked."""


class Status(StrEnum):
    """What is true about the money."""

    PENDING = "pending"
    AWAITING_CUSTOMER = "awaiting_customer"
    UNKNOWN = "unknown"
    REQUIRES_RETRY = "requires_retry"
    SUCCEEDED = "succeeded"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"


S = Status
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    S.PENDING: frozenset({S.AWAITING_CUSTOMER, S.CANCELED, S.EXPIRED, S.FAILED, S.SUCCEEDED}),
    S.AWAITING_CUSTOMER: frozenset(
        {
            S.PENDING,
            S.SUCCEEDED,
            S.REQUIRES_RETRY,
            S.UNKNOWN,
            S.FAILED,
            S.CANCELED,
            S.EXPIRED,
        }
    ),
    S.UNKNOWN: frozenset({S.SUCCEEDED, S.REQUIRES_RETRY, S.FAILED, S.CANCELED, S.EXPIRED}),
    S.REQUIRES_RETRY: frozenset({S.PENDING, S.CANCELED, S.EXPIRED, S.FAILED, S.SUCCEEDED}),
    S.SUCCEEDED: frozenset({S.PARTIALLY_REFUNDED, S.REFUNDED}),
    S.PARTIALLY_REFUNDED: frozenset({S.PARTIALLY_REFUNDED, S.REFUNDED}),
    S.REFUNDED: frozenset({S.PARTIALLY_REFUNDED, S.REFUNDED}),
    S.FAILED: frozenset({S.SUCCEEDED}),
    S.EXPIRED: frozenset({S.SUCCEEDED}),
    S.CANCELED: frozenset({S.SUCCEEDED}),
}
"""Which status may follow which; everything else is refused."""
LIVE = frozenset({S.PENDING, S.AWAITING_CUSTOMER, S.UNKNOWN, S.REQUIRES_RETRY})
PAID = frozenset({S.SUCCEEDED, S.PARTIALLY_REFUNDED})
FINAL = frozenset({S.SUCCEEDED, S.PARTIALLY_REFUNDED, S.REFUNDED, S.FAILED, S.EXPIRED, S.CANCELED})
_TOLD_AS: Mapping[Status, EventType] = {
    S.AWAITING_CUSTOMER: EventType.AWAITING_CUSTOMER,
    S.UNKNOWN: EventType.UNKNOWN,
    S.REQUIRES_RETRY: EventType.REQUIRES_RETRY,
    S.SUCCEEDED: EventType.SUCCEEDED,
    S.FAILED: EventType.FAILED,
    S.EXPIRED: EventType.EXPIRED,
    S.CANCELED: EventType.CANCELED,
}


class NextAction(StrEnum):
    """Whose move it is, and which."""

    COLLECT_PHONE = "collect_phone"
    APPROVE_IN_OVO_APP = "approve_in_ovo_app"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Payment:
    """One live or ended payment. Immutable: each step returns the Change that would replace it.

    `version` counts saves, `sequence` the events told; `due_at` is when its next step is due, None
    if it has none.
    """

    id: str
    merchant_id: str
    livemode: bool
    order: Order
    status: Status
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    due_at: datetime | None
    phone: Msisdn | None = None
    attempts: tuple[Attempt, ...] = ()
    reason: Reason | None = None
    amount_refunded: Money = NOTHING
    details: Details = field(default_factory=dict)
    payer_name: str | None = field(default=None, repr=False)
    paid_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    unsent: int = 0
    late_successes: tuple[str, ...] = ()
    sequence: int = 0
    version: int = 0

    @classmethod
    def start(
        cls, *, id: str, merchant_id: str, livemode: bool, order: Order, at: datetime, event_id: str
    ) -> "Change":
        """A new payment, to be pushed at once if the phone is known."""
        expires_at = at + order.expires_in
        fresh = cls(
            id=id,
            merchant_id=merchant_id,
            livemode=livemode,
            order=order,
            status=Status.PENDING,
            created_at=at,
            updated_at=at,
            expires_at=expires_at,
            due_at=at if order.phone else expires_at,
            phone=order.phone,
        )
        return fresh._tell(fresh, at, [EventType.CREATED], lambda: event_id)

    # -- what it is ------------------------------------------------------------------------------

    @property
    def live_order(self) -> bool:
        """Whether this payment holds its order: no other may be started beside it."""
        return self.status in LIVE or self.status in PAID

    @property
    def live_attempt(self) -> Attempt | None:
        """The attempt whose money may still move, if any."""
        return next((attempt for attempt in self.attempts if attempt.live), None)

    def attempt(self, attempt_id: str) -> Attempt:
        """The attempt of that id; raises KeyError."""
        for attempt in self.attempts:
            if attempt.id == attempt_id:
                return attempt
        raise KeyError(attempt_id)

    @property
    def attempts_left(self) -> int:
        """How many attempts may still reach the customer."""
        used = sum(1 for a in self.attempts if a.status is not AttemptStatus.NOT_SENT)
        return max(0, MOST_ATTEMPTS - used)

    def may_push_at(self, at: datetime, clocks: AttemptClocks) -> bool:
        """Whether an attempt begun now would end inside the payment's life, and one is left."""
        return self.attempts_left > 0 and self.expires_at - at >= clocks.horizon

    def next_action(self, at: datetime, clocks: AttemptClocks) -> NextAction | None:
        """What the customer can do now."""
        if self.status is Status.AWAITING_CUSTOMER:
            return NextAction.APPROVE_IN_OVO_APP
        if self.cancel_requested_at or not self.may_push_at(at, clocks):
            return None
        if self.status is Status.PENDING and self.phone is None:
            return NextAction.COLLECT_PHONE
        return NextAction.RETRY if self.status is Status.REQUIRES_RETRY else None

    # -- the steps -------------------------------------------------------------------------------

    def push(
        self,
        *,
        attempt_id: str,
        references: References,
        claim: Moment,
        worker: str,
        clocks: AttemptClocks,
        new_event_id: Callable[[], str],
    ) -> "Change":
        """Claim: write the attempt down before its request may leave.

        Raises IllegalTransition, AttemptsExhausted (too little time left, too) or OpenException.
        """
        if self.status is not Status.PENDING or self.phone is None or self.live_attempt:
            raise IllegalTransition(self.status, "be pushed")
        if self.late_successes:
            raise OpenException
        if not self.may_push_at(claim.at, clocks):
            raise AttemptsExhausted
        attempt = Attempt(
            id=attempt_id,
            number=len(self.attempts) + 1,
            provider=self.order.provider,
            status=AttemptStatus.WAITING,
            phone=self.phone,
            references=references,
            claimed=claim,
            window_ends_at=claim.at + clocks.customer_window,
            worker=worker,
        )
        claimed = replace(
            self,
            attempts=(*self.attempts, attempt),
            due_at=claim.at + clocks.answer_within,
            reason=None,
        )
        return self._become(claimed, Status.AWAITING_CUSTOMER, claim.at, new_event_id)

    def record(
        self, attempt_id: str, outcome: Outcome, *, at: datetime, new_event_id: Callable[[], str]
    ) -> "Change | None":
        """Write down what the wallet answered; None when that is already written or says nothing.

        Raises KeyError for an attempt that is not this payment's.
        """
        attempt = self.attempt(attempt_id)
        if attempt.status in CONCLUDED or attempt.status is AttemptStatus.APPROVED:
            return self._record_late(attempt, outcome, at, new_event_id)
        match outcome:
            case Approved():
                return self._approve(attempt, outcome, at, new_event_id)
            case Declined():
                return self._decline(attempt, outcome, at, new_event_id)
            case NotSent():
                return self._hand_back(attempt, outcome, at, new_event_id)
            case Unknown():
                return self._doubt(attempt, outcome, at, new_event_id)
            case _:
                assert_never(outcome)

    def ask_again(self, phone: Msisdn | None, *, at: datetime, clocks: AttemptClocks) -> "Change":
        """The customer's wish for a push: the first one, a resend, or one to another number.

        Raises PaymentIsUnknown, IllegalTransition, AttemptsExhausted, Cooldown or OpenException.
        """
        if self.status is Status.UNKNOWN:
            raise PaymentIsUnknown(RESEND_AFTER)
        first = self.status is Status.PENDING and self.phone is None
        if not first and self.status is not Status.REQUIRES_RETRY:
            raise IllegalTransition(self.status, "be pushed again")
        number = phone or self.phone
        if number is None or self.cancel_requested_at:
            raise IllegalTransition(self.status, "be pushed without a phone number")
        if self.late_successes:
            raise OpenException
        if not self.may_push_at(at, clocks):
            raise AttemptsExhausted
        if self.attempts:
            wait = self.attempts[-1].claimed.at + RESEND_AFTER - at
            if wait > timedelta(0):
                raise Cooldown(wait)
        waiting = replace(self, phone=number, due_at=at, unsent=0)
        if first:
            return self._tell(waiting, at, [], _no_event)
        return self._become(waiting, Status.PENDING, at, _no_event)

    def cancel(self, *, at: datetime, new_event_id: Callable[[], str]) -> "Change | None":
        """At once where nothing is out at the wallet, else a wish; None when nothing is to be done.

        Raises IllegalTransition once the payment has ended otherwise.
        """
        if self.status in {Status.PENDING, Status.REQUIRES_RETRY}:
            gone = replace(self, cancel_requested_at=self.cancel_requested_at or at)
            return self._become(gone, Status.CANCELED, at, new_event_id)
        if self.status in {Status.AWAITING_CUSTOMER, Status.UNKNOWN}:
            if self.cancel_requested_at:
                return None
            return self._tell(replace(self, cancel_requested_at=at), at, [], _no_event)
        if self.status is Status.CANCELED:
            return None
        raise IllegalTransition(self.status, "be canceled")

    def expire(self, *, at: datetime, new_event_id: Callable[[], str]) -> "Change | None":
        """End a payment whose life is over and that has nothing out at the wallet;

        None before that.
        """
        if self.status not in {Status.PENDING, Status.REQUIRES_RETRY} or at < self.expires_at:
            return None
        return self._become(self, Status.EXPIRED, at, new_event_id)

    def rest(self, *, until: datetime, at: datetime) -> "Change":
        """Nothing can be done before `until`: look again then."""
        return self._tell(replace(self, due_at=until), at, [], _no_event)

    # -- what an outcome does --------------------------------------------------------------------

    def _approve(
        self, attempt: Attempt, outcome: Approved, at: datetime, ids: Callable[[], str]
    ) -> "Change":
        paid = replace(
            self._with(attempt, AttemptStatus.APPROVED, at, outcome.code),
            details=outcome.details,
            payer_name=outcome.payer_name,
            paid_at=at,
            reason=None,
            due_at=None,
        )
        return self._become(paid, Status.SUCCEEDED, at, ids)

    def _decline(
        self, attempt: Attempt, outcome: Declined, at: datetime, ids: Callable[[], str]
    ) -> "Change":
        told = replace(
            self._with(attempt, AttemptStatus.DECLINED, at, outcome.code),
            reason=outcome.reason,
            due_at=self.expires_at,
        )
        hopeless = outcome.final or told.attempts_left == 0
        otherwise = Status.FAILED if hopeless else Status.REQUIRES_RETRY
        return self._settle(told, otherwise, at, ids)

    def _hand_back(
        self, attempt: Attempt, outcome: NotSent, at: datetime, ids: Callable[[], str]
    ) -> "Change":
        back = replace(
            self._with(attempt, AttemptStatus.NOT_SENT, at, None, outcome.why),
            unsent=self.unsent + 1,
        )
        if self.status is Status.AWAITING_CUSTOMER and self.unsent < len(NOT_SENT_DELAYS):
            again = replace(back, due_at=at + NOT_SENT_DELAYS[self.unsent])
            return self._settle(again, Status.PENDING, at, ids)
        spent = replace(back, reason=WALLET_UNREACHABLE, due_at=self.expires_at)
        return self._settle(spent, Status.REQUIRES_RETRY, at, ids)

    def _doubt(
        self, attempt: Attempt, outcome: Unknown, at: datetime, ids: Callable[[], str]
    ) -> "Change | None":
        if attempt.status is not AttemptStatus.WAITING:
            return None
        answered_at = None if outcome.doubt is Doubt.WORKER_LOST else at
        doubtful = replace(
            self._with(attempt, AttemptStatus.UNKNOWN, answered_at, outcome.code, outcome.doubt),
            due_at=None,
        )
        return self._become(doubtful, Status.UNKNOWN, at, ids)

    def _record_late(
        self, attempt: Attempt, outcome: Outcome, at: datetime, ids: Callable[[], str]
    ) -> "Change | None":
        # An approval of an attempt already called not charged must never be lost: it is kept,
        # told, and blocks further attempts until it is settled.
        late = isinstance(outcome, Approved) and attempt.status in CONCLUDED
        if not late or attempt.id in self.late_successes:
            return None
        kept = replace(self, late_successes=(*self.late_successes, attempt.id))
        return self._tell(kept, at, [EventType.LATE_SUCCESS], ids)

    def _settle(
        self, told: "Payment", otherwise: Status, at: datetime, ids: Callable[[], str]
    ) -> "Change":
        """No money moved: a wish to cancel, or a life that is over, is granted first."""
        if self.cancel_requested_at:
            return self._become(told, Status.CANCELED, at, ids)
        if at >= self.expires_at and otherwise is not Status.FAILED:
            return self._become(told, Status.EXPIRED, at, ids)
        return self._become(told, otherwise, at, ids)

    # -- how a change is made --------------------------------------------------------------------

    def _with(
        self,
        attempt: Attempt,
        status: AttemptStatus,
        answered_at: datetime | None,
        code: str | None,
        note: str | None = None,
    ) -> "Payment":
        told = replace(
            attempt, status=status, answered_at=answered_at, response_code=code, note=note
        )
        return replace(self, attempts=tuple(told if a.id == told.id else a for a in self.attempts))

    def _become(
        self, told: "Payment", status: Status, at: datetime, ids: Callable[[], str]
    ) -> "Change":
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(self.status, f"become {status}")
        due_at = None if status in FINAL else told.due_at
        moved = replace(told, status=status, due_at=due_at)
        event = _TOLD_AS.get(status)
        return self._tell(moved, at, [event] if event else [], ids)

    def _tell(
        self, told: "Payment", at: datetime, events: Sequence[EventType], ids: Callable[[], str]
    ) -> "Change":
        after = replace(
            told,
            updated_at=at,
            version=self.version + 1,
            sequence=self.sequence + len(events),
        )
        return Change(
            payment=after,
            events=tuple(
                Event(
                    id=ids(),
                    type=event,
                    merchant_id=after.merchant_id,
                    livemode=after.livemode,
                    at=at,
                    sequence=self.sequence + number,
                    subject=after,
                )
                for number, event in enumerate(events, start=1)
            ),
        )


def _no_event() -> str:
    raise AssertionError("this step tells no event")


@dataclass(frozen=True, slots=True)
class Change:
    """A step taken: the payment after it and what is to be told, saved together or not at all."""

    payment: Payment
    events: tuple[Event, ...]
