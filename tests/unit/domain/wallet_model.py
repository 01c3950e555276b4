"""A wallet of a few lines that keeps to OVO's clocks: what money moved, and when it says so."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

from domain.follow_up import QuestionKind
from domain.moment import AttemptClocks
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
from tests.unit.domain.story import DAY, NOON
from tests.unit.domain.test_payment import DECLINED

CLOCKS = AttemptClocks()
CANNOT_MOVE_AFTER = CLOCKS.send_within + CLOCKS.on_the_wire + CLOCKS.wallet_answers_within
"""From the claim until no customer can approve any more: 90 s."""


class Fate(Enum):
    """What became of a push at the wallet."""

    NEVER_SENT = auto()
    WAITING = auto()
    DECLINED = auto()
    ENDED = auto()
    PAID = auto()
    REVERSED = auto()
    VOIDED = auto()


@dataclass(slots=True)
class Pushed:
    """One push at the wallet; times are ages of the payment."""

    number: int
    claimed: timedelta
    fate: Fate = Fate.WAITING
    paid_at: timedelta | None = None

    @property
    def kept(self) -> bool:
        """Whether the customer's money is with the merchant."""
        return self.fate is Fate.PAID

    def may_still_move(self, now: timedelta) -> bool:
        """Whether a customer could approve it now or later."""
        return self.fate is Fate.WAITING and now <= self.claimed + CANNOT_MOVE_AFTER

    def approve(self, now: timedelta) -> None:
        """The customer taps."""
        assert self.may_still_move(now)
        self.fate, self.paid_at = Fate.PAID, now

    def answer(self) -> Outcome:
        """What the push itself is told, if it is told the truth."""
        match self.fate:
            case Fate.NEVER_SENT:
                return NotSent("no connection")
            case Fate.PAID | Fate.VOIDED:
                return self._yes()
            case Fate.DECLINED:
                return DECLINED
            case Fate.ENDED | Fate.REVERSED:
                return Unknown(Doubt.EMPTY_404, after=timedelta(seconds=55))
            case Fate.WAITING:
                return Unknown(Doubt.SILENCE)

    def _yes(self) -> Approved:
        paid_at = self.paid_at
        assert paid_at is not None
        return Approved("00", {}, None, f"proof-{self.number}", NOON + paid_at)


@dataclass(slots=True)
class Sent:
    """A question on its way: `answer` is drawn when it arrives, and None while it has not."""

    attempt: Pushed
    kind: QuestionKind
    number: int
    sent: timedelta
    answer: Outcome | None = None

    def arrive(self, now: timedelta, *, lagging: bool) -> None:
        """The wallet works on it. Within its lag it may tell what was true a little earlier."""
        assert self.sent <= now <= self.sent + CLOCKS.on_the_wire
        push = self.attempt
        match self.kind:
            case QuestionKind.CHECK:
                self.answer = self._status(now, lagging=lagging)
            case QuestionKind.REVERSAL:
                self.answer = self._reverse(push)
            case QuestionKind.VOID:
                if push.fate is Fate.PAID:
                    push.fate = Fate.VOIDED
                    self.answer = Approved("00")
                else:
                    self.answer = Unknown(Doubt.UNHEARD_OF, "40", alarm=True)
            case QuestionKind.VOID_CHECK:
                voided = push.fate is Fate.VOIDED
                self.answer = Approved("00") if voided else Unknown(Doubt.NOT_FOUND, "25")

    def _status(self, now: timedelta, *, lagging: bool) -> Outcome:
        push = self.attempt
        if now - push.claimed > 7 * DAY:
            return Unknown(Doubt.TOO_OLD, "54", alarm=True)
        match push.fate:
            case Fate.PAID if lagging and push.paid_at and now - push.paid_at < CLOCKS.status_lag:
                return Unknown(Doubt.NOT_FOUND, "25")
            case Fate.PAID | Fate.VOIDED | Fate.DECLINED:
                return push.answer()
            case Fate.REVERSED:
                return Unknown(Doubt.REVERSED, "73")
            case Fate.WAITING if not lagging:
                return Unknown(Doubt.PENDING, "68")
            case _:
                return Unknown(Doubt.NOT_FOUND, "25")

    @staticmethod
    def _reverse(push: Pushed) -> Outcome:
        match push.fate:
            case Fate.PAID | Fate.WAITING | Fate.ENDED | Fate.REVERSED:
                push.fate = Fate.REVERSED
                return Approved("00")
            case Fate.VOIDED:
                return Unknown(Doubt.REVERSED, "73")
            case _:
                return Unknown(Doubt.NOT_FOUND, "25")


@dataclass(slots=True)
class WalletModel:
    """Every push that was claimed, oldest first."""

    pushes: list[Pushed] = field(default_factory=list)

    @property
    def kept(self) -> list[Pushed]:
        """The pushes whose money the merchant has."""
        return [push for push in self.pushes if push.kept]
