"""What a wallet's answer means for the money: the five arms that every provider maps to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.next_action import CustomerStep
from domain.reason import Reason

Details = Mapping[str, str | int]
"""A provider's extra facts of a success, opaque to the core (approval code, split of the amount).
"""


class Doubt(StrEnum):
    """Why an answer alone says neither yes nor no.

    NOT_FOUND, REVERSED and TOO_OLD are the wallet's clear words; what they prove depends on what
    was asked, and on when the question left.
    """

    SILENCE = "silence"
    CUT = "cut"
    EMPTY_404 = "empty_404"
    PENDING = "pending"
    GARBAGE = "garbage"
    MISMATCH = "mismatch"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    REVERSED = "reversed"
    TOO_OLD = "too_old"
    WALLET_FAILURE = "wallet_failure"
    UNHEARD_OF = "unheard_of"
    WORKER_LOST = "worker_lost"


@dataclass(frozen=True, slots=True)
class Approved:
    """The wallet took the money: code, amount and references are ours.

    Answered to a reversal, a void or a void check: by its own words the wallet gave it back.
    `evidence` is what this charge is known by at the wallet, and no other (OVO: terminal, merchant,
    approval code, host date and time); `charged_at` is when, by the wallet's own clock.
    """

    code: str
    details: Details = field(default_factory=dict)
    payer_name: str | None = field(default=None, repr=False)
    evidence: str | None = None
    charged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The wallet refused in its own words: no money moved.

    `final` says that another attempt is pointless; `stops_account` that the merchant's account at
    the provider is refused altogether.
    """

    code: str
    reason: Reason
    final: bool = False
    stops_account: bool = False


@dataclass(frozen=True, slots=True)
class NotSent:
    """Proved: no byte of the request was handed to a connection."""

    why: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the charge, and tells later what became of it: when asked, or by itself.

    `handle` is what the provider calls it; `ends_at` is until when the customer can pay, by the
    provider's own words. Answered to a check: the charge is still open.
    """

    code: str
    handle: Details = field(default_factory=dict)
    step: CustomerStep | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else: money may have moved.

    `code` is the wallet's word, if any; `alarm` asks for a human. `after` is told of an empty 404
    to a push: how long after the push's first byte it had come.
    """

    doubt: Doubt
    code: str | None = None
    alarm: bool = False
    stops_account: bool = False
    after: timedelta | None = None


Outcome = Approved | Declined | NotSent | Accepted | Unknown
