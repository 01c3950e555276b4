"""One push as the wallet knows it: what was asked, how it ended, and where the money is."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.accounts import Account
from sandbox.behaviour import Behaviour, Delivery
from sandbox.gate import Admission
from sandbox.messages import Operation, Request

EMPTY_404 = "404"
GATEWAY_PAGE = "502"
CUT = "cut"


class State(StrEnum):
    """Where a push stands."""

    WAITING = "waiting"
    PAID = "paid"
    FAILED = "failed"
    ENDED = "ended"  # the window ended, or the customer ignored it
    REVERSED = "reversed"
    VOIDED = "voided"


def _none_yet() -> defaultdict[Operation, int]:
    return defaultdict(int)


@dataclass(slots=True, eq=False, repr=False)
class Push:
    """The life of one push. Its methods are the only ways in which it changes state."""

    id: str
    request: Request
    phone: str
    account: Account
    behaviour: Behaviour
    delivery: Delivery
    sent_at: datetime  # when the caller's message came in
    heard_at: datetime  # when the wallet worked on it
    window_ends_at: datetime
    call: int | None
    state: State = State.WAITING
    code: str = ""
    approval_code: str = ""
    trace: int = 0  # of the payment
    return_trace: int = 0  # of the reversal or the void
    times_heard: int = 1
    ended_at: datetime | None = None
    paid_at: datetime | None = None
    taken_back_at: datetime | None = None  # reversed or voided, whether money had moved or not
    answer: str = ""  # what was sent to the caller: a code, EMPTY_404 or CUT
    answered_at: datetime | None = None
    caller_left_at: datetime | None = None
    follow_ups: defaultdict[Operation, int] = field(default_factory=_none_yet)

    @classmethod
    def of(
        cls,
        admission: Admission,
        *,
        id: str,  # the field's own name
        behaviour: Behaviour,
        call: int | None,
        sent_at: datetime,
        heard_at: datetime,
        window: timedelta,
    ) -> "Push":
        """The push that an admitted request begins."""
        phone = admission.request.phone
        assert phone is not None  # a push without one is malformed
        return cls(
            id=id,
            request=admission.request,
            phone=phone,
            account=admission.account,
            behaviour=behaviour,
            delivery=behaviour.delivery,
            sent_at=sent_at,
            heard_at=heard_at,
            window_ends_at=heard_at + window,
            call=call,
        )

    def pay(self, *, approval_code: str, trace: int, now: datetime) -> None:
        """The customer's money moves to the merchant."""
        self._end(State.PAID, now)
        self.approval_code, self.trace = approval_code, trace
        self.paid_at = now

    def refuse(self, *, code: str, now: datetime) -> None:
        """It failed with a code, and no money moves."""
        self._end(State.FAILED, now)
        self.code = code

    def expire(self, now: datetime) -> None:
        """Nobody answered in time, or the customer put it away."""
        self._end(State.ENDED, now)

    def reverse(self, *, trace: int, now: datetime) -> None:
        """Take it back whatever became of it; money that moved moves back."""
        assert self.state not in {State.REVERSED, State.VOIDED}
        self._take_back(State.REVERSED, trace, now)
        self.ended_at = self.ended_at or now

    def void(self, *, trace: int, now: datetime) -> None:
        """Give the money of a paid push back."""
        assert self.state is State.PAID
        self._take_back(State.VOIDED, trace, now)

    def state_at(self, moment: datetime) -> State | None:
        """Where it stood then; None when the wallet had not worked on it yet."""
        if moment < self.heard_at:
            return None
        if self.taken_back_at is None or moment < self.taken_back_at:
            if self.ended_at is None or moment < self.ended_at:
                return State.WAITING
            if self.paid_at is not None:
                return State.PAID
            return State.FAILED if self.code else State.ENDED
        return self.state

    @property
    def money_moved(self) -> bool:
        """Whether the customer's money ever moved."""
        return self.paid_at is not None

    @property
    def money_kept(self) -> bool:
        """Whether the merchant has the money now."""
        return self.paid_at is not None and self.taken_back_at is None

    @property
    def returned_at(self) -> datetime | None:
        """When money that had moved moved back."""
        return None if self.paid_at is None else self.taken_back_at

    def _take_back(self, state: State, trace: int, now: datetime) -> None:
        self.state = state
        self.taken_back_at, self.return_trace = now, trace

    def _end(self, state: State, now: datetime) -> None:
        assert self.state is State.WAITING
        self.state = state
        self.ended_at = now
