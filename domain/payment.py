"""The payment: one order's money, its attempts, and the only steps that may change it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain import settling
from domain.attempt import Attempt, AttemptStatus, References
from domain.copying import replace
from domain.errors import (
    AttemptsExhausted,
    Cooldown,
    IllegalTransition,
    InvalidValue,
    OpenException,
    PaymentIsUnknown,
)
from domain.events import Event, EventType
from domain.exception_record import ExceptionKind, ExceptionRecord
from domain.history import LUNAS, Entry
from domain.moment import Moment
from domain.money import NOTHING, Money
from domain.msisdn import Msisdn
from domain.next_action import CustomerStep, NextAction
from domain.order import Order
from domain.outcome import Details, Outcome
from domain.reason import Reason
from domain.refund import Refund
from domain.rules import Rules
from domain.status import Status

__all__ = [
    "FINAL",
    "LIVE",
    "PAID",
    "TRANSITIONS",
    "Change",
    "NextAction",
    "Payment",
    "Status",
    "no_event",
]

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
    S.PARTIALLY_REFUNDED: EventType.PARTIALLY_REFUNDED,
    S.REFUNDED: EventType.REFUNDED,
}


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
    refunds: tuple[Refund, ...] = ()
    exceptions: tuple[ExceptionRecord, ...] = ()
    history: tuple[Entry, ...] = ()
    sequence: int = 0
    version: int = 0

    @classmethod
    def start(
        cls,
        *,
        id: str,
        merchant_id: str,
        livemode: bool,
        order: Order,
        at: datetime,
        event_id: str,
        needs_phone: bool = True,
    ) -> "Change":
        """A new payment, to be pushed at once if the phone is known or not needed."""
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
            due_at=at if order.phone or not needs_phone else expires_at,
            phone=order.phone,
            sequence=1,
            version=1,
        )
        created = Event(event_id, EventType.CREATED, merchant_id, livemode, at, 1, fresh)
        return Change(fresh, (created,))

    # -- what it is ------------------------------------------------------------------------------

    @property
    def live_order(self) -> bool:
        """Whether this payment holds its order: no other may be started beside it."""
        return self.status in LIVE or self.status in PAID

    @property
    def live_attempt(self) -> Attempt | None:
        """The attempt whose money may still move, if any."""
        for attempt in self.attempts:
            if attempt.live:
                return attempt
        return None

    def attempt(self, attempt_id: str) -> Attempt:
        """The attempt of that id; raises KeyError."""
        for attempt in self.attempts:
            if attempt.id == attempt_id:
                return attempt
        raise KeyError(attempt_id)

    @property
    def ask_at(self) -> datetime | None:
        """When the wallet is asked next about one of its attempts; None if it is not."""
        first: datetime | None = None
        for attempt in self.attempts:
            at = attempt.follow_up.ask_at
            if at is not None and (first is None or at < first):
                first = at
        return first

    @property
    def has_open_late_success(self) -> bool:
        """Whether a late success waits to be settled: until then nothing more is charged.

        One that was honoured is on record until a person closes it, but there is nothing to settle.
        """
        return bool(self.exceptions) and any(
            record.open
            and record.kind is ExceptionKind.LATE_SUCCESS
            and self.attempt(record.attempt_id).status is not AttemptStatus.APPROVED
            for record in self.exceptions
        )

    @property
    def refundable(self) -> Money:
        """What may still be asked back: what was paid, less what is or may be on its way back."""
        if self.status not in PAID:
            return NOTHING
        gone = sum(refund.amount.rupiah for refund in self.refunds if refund.counts)
        return self.order.amount - Money(gone)

    def attempts_left(self, rules: Rules) -> int:
        """How many attempts may still reach the customer; those proved not sent do not count."""
        left = rules.most_attempts
        for attempt in self.attempts:
            if attempt.status is not AttemptStatus.NOT_SENT:
                left -= 1
        return max(0, left)

    def may_push_at(self, at: datetime, rules: Rules) -> bool:
        """Whether an attempt begun now would end inside the payment's life, and one is left."""
        return self.attempts_left(rules) > 0 and self.expires_at - at >= rules.clocks.horizon

    def resend_at(self, rules: Rules) -> datetime | None:
        """From when on another push may be asked for; None if none may, as things stand."""
        if self.status is not Status.REQUIRES_RETRY or self.has_open_late_success:
            return None
        opens = self.attempts[-1].claimed.at + rules.resend_after
        return opens if not self.cancel_requested_at and self.may_push_at(opens, rules) else None

    def next_action(self, at: datetime, rules: Rules) -> NextAction | None:
        """What the customer can do now."""
        if self.status is Status.AWAITING_CUSTOMER:
            return self._awaited(at, rules)
        if self.status is Status.PENDING and not self.has_what_it_needs(rules):
            action = NextAction.COLLECT_PHONE
        elif self.status is Status.REQUIRES_RETRY:
            action = NextAction.RETRY
        else:
            return None
        if self.cancel_requested_at or self.has_open_late_success:
            return None
        return action if self.may_push_at(at, rules) else None

    def has_what_it_needs(self, rules: Rules) -> bool:
        """Whether a push could be claimed, as far as the customer is concerned."""
        return self.phone is not None or not rules.needs_phone

    def shown(self, at: datetime) -> CustomerStep | None:
        """What the live attempt asks of the customer now.

        Nobody is led to pay what is to be canceled, or when the time to pay is over.
        """
        live = self.live_attempt
        step = None if live is None else live.step
        if live is None or step is None or self.status is not Status.AWAITING_CUSTOMER:
            return None
        over = self.cancel_requested_at is not None or at >= live.window_ends_at
        return None if step.leads and over else step

    def _awaited(self, at: datetime, rules: Rules) -> NextAction | None:
        """What the live attempt asks; nothing until a provider that answers later accepted it."""
        live = self.live_attempt
        if live is not None and live.step is not None:
            step = self.shown(at)
            return step.action if step else None
        return NextAction.APPROVE_IN_OVO_APP if rules.clocks.blocking else None

    # -- the steps -------------------------------------------------------------------------------

    def push(
        self,
        *,
        attempt_id: str,
        references: References,
        claim: Moment,
        worker: str,
        rules: Rules,
        new_event_id: Callable[[], str],
    ) -> "Change":
        """Claim: write the attempt down before its request may leave.

        Raises IllegalTransition, AttemptsExhausted (too little time left, too) or OpenException.
        """
        ready = self.status is Status.PENDING and self.has_what_it_needs(rules)
        if not ready or self.live_attempt:
            raise IllegalTransition(self.status, "be pushed")
        if self.has_open_late_success:
            raise OpenException
        if not self.may_push_at(claim.at, rules):
            raise AttemptsExhausted
        attempt = Attempt(
            id=attempt_id,
            number=len(self.attempts) + 1,
            provider=self.order.provider,
            status=AttemptStatus.WAITING,
            phone=self.phone,
            references=references,
            claimed=claim,
            window_ends_at=claim.at + rules.clocks.customer_window,
            worker=worker,
        )
        claimed = replace(
            self,
            attempts=(*self.attempts, attempt),
            due_at=claim.at + rules.clocks.answer_within,
            reason=None,
        )
        return self.become(claimed, Status.AWAITING_CUSTOMER, claim.at, new_event_id)

    def record(
        self, attempt_id: str, outcome: Outcome, *, known: settling.Knowledge
    ) -> "Change | None":
        """Write down what the wallet answered to a push; None when it is written or says nothing.

        Raises KeyError for an attempt that is not this payment's.
        """
        return settling.answered(self, self.attempt(attempt_id), outcome, known)

    def ask_again(self, phone: Msisdn | None, *, at: datetime, rules: Rules) -> "Change":
        """The customer's wish for a push: the first one, a resend, or one to another number.

        Raises InvalidValue for a number where none is charged, PaymentIsUnknown, IllegalTransition,
        AttemptsExhausted, Cooldown or OpenException.
        """
        if phone is not None and not rules.needs_phone:
            raise InvalidValue("phone", f"is not charged by the method {self.order.method}")
        if self.status is Status.UNKNOWN:
            raise PaymentIsUnknown(rules.check_every)
        first = self.status is Status.PENDING and not self.has_what_it_needs(rules)
        if not first and self.status is not Status.REQUIRES_RETRY:
            raise IllegalTransition(self.status, "be pushed again")
        number = phone or self.phone
        if (number is None and rules.needs_phone) or self.cancel_requested_at:
            raise IllegalTransition(self.status, "be pushed without a phone number")
        if self.has_open_late_success:
            raise OpenException
        if not self.may_push_at(at, rules):
            raise AttemptsExhausted
        if self.attempts:
            wait = self.attempts[-1].claimed.at + rules.resend_after - at
            if wait > timedelta(0):
                raise Cooldown(wait)
        waiting = replace(self, phone=number, due_at=at, unsent=0)
        if first:
            return self.tell(waiting, at, [], no_event)
        return self.become(waiting, Status.PENDING, at, no_event)

    def cancel(
        self, *, at: datetime, new_event_id: Callable[[], str], actor: str = LUNAS
    ) -> "Change | None":
        """At once where nothing is out at the wallet, else a wish; None when nothing is to be done.

        Raises IllegalTransition once the payment has ended otherwise.
        """
        wished = replace(self, cancel_requested_at=self.cancel_requested_at or at)
        wished = wished.noted(at, actor, "cancel_requested")
        if self.status in {Status.PENDING, Status.REQUIRES_RETRY}:
            return self.become(wished, Status.CANCELED, at, new_event_id)
        if self.status in {Status.AWAITING_CUSTOMER, Status.UNKNOWN}:
            return None if self.cancel_requested_at else self.tell(wished, at, [], no_event)
        if self.status is Status.CANCELED:
            return None
        raise IllegalTransition(self.status, "be canceled")

    def expire(self, *, at: datetime, new_event_id: Callable[[], str]) -> "Change | None":
        """End a payment whose life is over and that has nothing out at the wallet;

        None before that.
        """
        if self.status not in {Status.PENDING, Status.REQUIRES_RETRY} or at < self.expires_at:
            return None
        return self.become(self, Status.EXPIRED, at, new_event_id)

    def rest(self, *, until: datetime, at: datetime) -> "Change":
        """Nothing can be done before `until`: look again then."""
        return self.tell(replace(self, due_at=until), at, [], no_event)

    # -- how a change is made --------------------------------------------------------------------

    def with_attempt(self, told: Attempt) -> "Payment":
        """The payment with this attempt in the place of the one of its id."""
        attempts = [told if a.id == told.id else a for a in self.attempts]
        return replace(self, attempts=tuple(attempts))

    def noted(
        self, at: datetime, actor: str, action: str, /, **facts: str | int | None
    ) -> "Payment":
        """The payment with one more line of history; facts that are None are left out."""
        kept = {name: value for name, value in facts.items() if value is not None}
        return replace(self, history=(*self.history, Entry(at, actor, action, kept)))

    def become(
        self,
        told: "Payment",
        status: Status,
        at: datetime,
        ids: Callable[[], str],
        *,
        before: Sequence[EventType] = (),
        refund_id: str | None = None,
    ) -> "Change":
        """The change to that status, `told` being this payment but for it.

        `before` are events that come before the status's own. Raises IllegalTransition for a pair
        outside the table.
        """
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(self.status, f"become {status}")
        due_at = None if status in FINAL else told.due_at
        moved = replace(told, status=status, due_at=due_at)
        event = _TOLD_AS.get(status)
        events = [*before, *([event] if event else [])]
        return self.tell(moved, at, events, ids, refund_id=refund_id)

    def tell(
        self,
        told: "Payment",
        at: datetime,
        events: Sequence[EventType],
        ids: Callable[[], str],
        *,
        refund_id: str | None = None,
    ) -> "Change":
        """The change to `told`, which is this payment but for what a step did, and its events."""
        after = replace(
            told,
            updated_at=at,
            version=self.version + 1,
            sequence=self.sequence + len(events),
        )
        if not events:
            return Change(after, ())
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
                    refund_id=refund_id,
                )
                for number, event in enumerate(events, start=1)
            ),
        )


def no_event() -> str:
    """For steps that tell nothing."""
    raise AssertionError("this step tells no event")


@dataclass(frozen=True, slots=True)
class Change:
    """A step taken: the payment after it and what is to be told, saved together or not at all."""

    payment: Payment
    events: tuple[Event, ...]
