"""One try to charge the customer, written down before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.follow_up import NOTHING_ASKED, FollowUp
from domain.moment import Moment
from domain.msisdn import Msisdn
from domain.next_action import CustomerStep
from domain.outcome import Details, Doubt


class AttemptStatus(StrEnum):
    """What is known of one attempt."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    REVERSING = "reversing"
    REVERSED = "reversed"
    NOT_CHARGED = "not_charged"


LIVE = frozenset({AttemptStatus.WAITING, AttemptStatus.UNKNOWN, AttemptStatus.REVERSING})
"""Attempts whose money may still move."""
CONCLUDED = frozenset(
    {
        AttemptStatus.DECLINED,
        AttemptStatus.NOT_SENT,
        AttemptStatus.REVERSED,
        AttemptStatus.NOT_CHARGED,
    }
)
"""Attempts concluded as not charged: a later success of one is a late success."""


class Proof(StrEnum):
    """What concluded an attempt as not charged."""

    REFUSED = "refused"
    """The wallet's own refusal, answered to the push or to a check of it."""
    REVERSED = "reversed"
    """The wallet said that it has taken the push back (73)."""
    NOT_SENT = "not_sent"
    """No byte of the push was ever handed to a connection."""
    NOT_FOUND = "not_found"
    """A check sent after the horizon was told that there is no such push (25)."""
    TAKEN_BACK = "taken_back"
    """A reversal sent after the horizon was answered 00."""
    VOIDED = "voided"
    """A void of it was answered 00."""
    OPERATOR = "operator"
    """A person closed it, with evidence."""


FINAL_WORDS = frozenset({Proof.REFUSED, Proof.REVERSED, Proof.VOIDED})
"""Proofs in the wallet's own words: such an attempt is not asked about again."""


@dataclass(frozen=True, slots=True)
class References:
    """By what names the wallet knows an attempt; opaque to the core.

    `shown` is what people see; `unique` are the keys that the store must never hold twice.
    """

    shown: Mapping[str, str | int]
    unique: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claim and what came of it. `worker` names the process that holds the call.

    `evidence` is what the wallet's approval is known by, unique to one charge; `proof` is what
    concluded an attempt as not charged, at `concluded_at`. A provider that answers later accepted
    the charge at `accepted_at`, calls it by `handle` and asks `step` of the customer.
    """

    id: str
    number: int
    provider: str
    status: AttemptStatus
    phone: Msisdn | None
    references: References
    claimed: Moment
    window_ends_at: datetime
    worker: str
    answered_at: datetime | None = None
    response_code: str | None = None
    note: str | None = None
    doubt: Doubt | None = None
    proof: Proof | None = None
    concluded_at: datetime | None = None
    charged_at: datetime | None = None
    evidence: str | None = None
    follow_up: FollowUp = NOTHING_ASKED
    accepted_at: datetime | None = None
    handle: Details = field(default_factory=dict)
    step: CustomerStep | None = None

    @property
    def live(self) -> bool:
        """Whether money may still move by this attempt."""
        return self.status in LIVE

    @property
    def held(self) -> bool:
        """Whether a worker holds the call: one that was accepted waits at the provider alone."""
        return self.status is AttemptStatus.WAITING and self.accepted_at is None
