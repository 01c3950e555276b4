"""What the wallet will do later, in order of time: plain data, no clock."""

from dataclasses import dataclass

from sandbox.agenda import Agenda
from sandbox.outage import Outage


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer for a call; an empty body has no content type."""

    call: int
    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of a call's connection, without an answer."""

    call: int


Effect = Reply | Cut


@dataclass(frozen=True, slots=True)
class Decide:
    """The simulated customer acts on a push."""

    push_id: str


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """The customer's window for a push ends."""

    push_id: str


@dataclass(frozen=True, slots=True)
class AnswerLate:
    """The caller who still waits for a push is told this code."""

    push_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Send:
    """An answer that was delayed on its way leaves."""

    effect: Effect


@dataclass(frozen=True, slots=True)
class Arrive:
    """The message of a push reaches the wallet, late."""

    number: int


@dataclass(frozen=True, slots=True)
class EndOutage:
    """An outage ends by itself, unless it was changed meanwhile."""

    outage: Outage


Due = Decide | CloseWindow | AnswerLate | Send | Arrive | EndOutage


class Timers(Agenda[Due]):
    """What the wallet will do later.

    It is bounded by what sets it: at most four for each push that was heard within the longest
    of OVO's clocks or is on its way, one for each call whose answer is delayed, and one for each
    outage that was set.
    """
