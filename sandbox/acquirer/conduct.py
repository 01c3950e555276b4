"""Everything that a simulated customer can do with a charge, whichever provider asks for it."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.behaviour import Ending
from sandbox.magic import AMOUNTS, PHONES


class Reason(StrEnum):
    """Why no money moved; each provider has its own word for each."""

    DECLINED = "declined"
    INSUFFICIENT = "insufficient"
    BLOCKED = "blocked"
    LIMIT = "limit"
    UNKNOWN_PHONE = "unknown_phone"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


# How gateways in front of Push to Pay pass its response codes on.
PUSH_CODES = {
    Reason.DECLINED: "17",
    Reason.INSUFFICIENT: "51",
    Reason.BLOCKED: "56",
    Reason.LIMIT: "61",
    Reason.UNKNOWN_PHONE: "14",
    Reason.UNREACHABLE: "26",
    Reason.FAILED: "40",
}
UNANSWERED = "68"


class Hearing(StrEnum):
    """What the caller gets to hear of the answer to the call that made the charge."""

    NORMAL = "normal"
    LOST = "lost"  # the connection is cut without an answer
    LATE = "late"  # the answer leaves after the caller's patience
    GATEWAY = "502"  # a page of HTML instead of the answer


@dataclass(frozen=True, slots=True)
class Conduct:
    """What happens to a charge if no person comes first, and what its caller hears."""

    name: str
    meaning: str
    ending: Ending
    reason: Reason | None = None
    hearing: Hearing = Hearing.NORMAL
    last_moment: bool = False  # decided in the last hundredth of the window
    after_window: bool = False  # paid although its window has ended


def _refused(reason: Reason, meaning: str) -> Conduct:
    return Conduct(reason.value, meaning, Ending.REFUSE, reason)


CONDUCTS: dict[str, Conduct] = {
    row.name: row
    for row in (
        Conduct("wait", "The charge waits for a person", Ending.WAIT),
        Conduct("approve", "Approved", Ending.PAY),
        Conduct("decline", "The customer declines", Ending.REFUSE, Reason.DECLINED),
        Conduct("ignore", "Nobody answers; the window ends", Ending.EXPIRE),
        Conduct("silence", "No answer; no money moves", Ending.EXPIRE, hearing=Hearing.LOST),
        Conduct("drop", "Paid; the answer is lost", Ending.PAY, hearing=Hearing.LOST),
        Conduct("late", "Paid; the answer comes too late", Ending.PAY, hearing=Hearing.LATE),
        Conduct("gateway_error", "Paid; a 502 answers", Ending.PAY, hearing=Hearing.GATEWAY),
        Conduct("last_moment", "Paid just before the window ends", Ending.PAY, last_moment=True),
        Conduct("after_window", "Paid after the window ended", Ending.PAY, after_window=True),
        _refused(Reason.INSUFFICIENT, "Not enough money"),
        _refused(Reason.BLOCKED, "The account is blocked"),
        _refused(Reason.LIMIT, "Over a limit of the account"),
        _refused(Reason.UNKNOWN_PHONE, "No account with this phone"),
        _refused(Reason.UNREACHABLE, "The charge could not be shown in the app"),
        _refused(Reason.FAILED, "The wallet failed to take the money"),
    )
}

# The magic tables of Push to Pay, as far as their words and codes mean something elsewhere.
_OF_PUSH: dict[str, str] = {
    **{name: name for name in CONDUCTS},
    "paid_404": "after_window",
    "late68": "after_window",
    "late68_unpaid": "ignore",
    "14": "unknown_phone",
    "17": "decline",
    "26": "unreachable",
    "40": "failed",
    "51": "insufficient",
    "56": "blocked",
    "64": "blocked",
    "61": "limit",
    "65": "limit",
    "68": "ignore",
}
MAGIC_PHONES = {key: _OF_PUSH[name] for key, name in PHONES.items() if name in _OF_PUSH}
MAGIC_AMOUNTS = {key: _OF_PUSH[name] for key, name in AMOUNTS.items() if name in _OF_PUSH}
