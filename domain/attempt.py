"""One try to charge the customer, written down before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.moment import Moment
from domain.msisdn import Msisdn


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


@dataclass(frozen=True, slots=True)
class References:
    """By what names the wallet knows an attempt; opaque to the core.

    `shown` is what people see; `unique` are the keys that the store must never hold twice.
    """

    shown: Mapping[str, str | int]
    unique: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claim and what came of it. `worker` names the process that holds the call."""

    id: str
    number: int
    provider: str
    status: AttemptStatus
    phone: Msisdn
    references: References
    claimed: Moment
    window_ends_at: datetime
    worker: str
    answered_at: datetime | None = None
    response_code: str | None = None
    note: str | None = None

    @property
    def live(self) -> bool:
        """Whether money may still move by this attempt."""
        return self.status in LIVE
