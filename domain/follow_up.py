"""How the end of an attempt is found out: the questions asked of the wallet, and those to come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.moment import Moment


class QuestionKind(StrEnum):
    """What the wallet is asked, or told, about an attempt whose push has left."""

    CHECK = "check"
    REVERSAL = "reversal"
    VOID = "void"
    VOID_CHECK = "void_check"
    REFUND = "refund"
    REFUND_CHECK = "refund_check"


@dataclass(frozen=True, slots=True)
class Question:
    """One that is out, written down before it is sent; `number` counts an attempt's from 1.

    `claimed` is when a check was claimed, and when a reversal, a void or a refund was decided.
    `about` names the refund that it is about, if it is about one.
    """

    kind: QuestionKind
    number: int
    claimed: Moment
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A reversal or a void that was decided; it counts whether or not it was ever sent.

    `asked` is the moment read just before sending, `result` what came of it: the wallet's code, or
    the name of what was missing.
    """

    number: int
    decided: Moment
    asked: Moment | None = None
    ended_at: datetime | None = None
    result: str | None = None


class VoidStatus(StrEnum):
    """What is known of a void."""

    WANTED = "wanted"
    OUT = "out"
    UNKNOWN = "unknown"
    DONE = "done"
    NOT_MADE = "not_made"


OPEN_VOIDS = frozenset({VoidStatus.WANTED, VoidStatus.OUT, VoidStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Void:
    """The giving back of money by the wallet; `until` is the last moment to decide it.

    An attempt's is whole and of its own day; a refund's own may be of any part.
    """

    status: VoidStatus
    until: datetime
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was asked about one attempt, and when it is asked next.

    `checked` says that a check has proved nothing since the last decision; `slow` and `watched`
    count the steps of their schedules; `approved_at` is the first 00 after the last reversal ended;
    `reverse_from` allows the first reversal before the answer deadline.
    """

    asked: int = 0
    open: Question | None = None
    ask_at: datetime | None = None
    asked_at: datetime | None = None
    checked: bool = False
    slow: int = 0
    watched: int = 0
    reversals: tuple[Decision, ...] = ()
    approved_at: datetime | None = None
    reverse_from: datetime | None = None
    void: Void | None = None

    @property
    def decided(self) -> bool:
        """Whether a reversal or a void was ever decided, sent or not."""
        return bool(self.reversals) or (self.void is not None and bool(self.void.decisions))


NOTHING_ASKED = FollowUp()
