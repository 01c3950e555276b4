"""The numbers by which a payment's truth is found out; each is a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum

from domain.moment import AttemptClocks

WIB = timezone(timedelta(hours=7), "WIB")
"""Jakarta: no summer time. "The same day" means this day."""
MINUTE = timedelta(minutes=1)


class LateSuccess(StrEnum):
    """What to do with an approval of an attempt that was already concluded as not charged."""

    HONOUR = "honour"
    REVERSE = "reverse"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Rules:
    """How often, how long and how many times; raises ValueError where they cannot hold together.

    `most_attempts` counts those that may have reached the customer. An empty 404 that comes
    `believe_404_after` the push's first byte is the wallet's own end of the window; an earlier one
    may be a middle box's. `slow_checks` are the delays once reversals are spent, then daily.
    `most_reversals` is 0 where a provider takes no charge back. `voids` says that it gives a whole
    charge back on its day, `refunds` that it gives back any part, within `refund_within` of the
    charge. Without `needs_phone` a payment is pushed though nobody gave a number.
    Sources: ovo_push's guidance for 15 s between checks, at most 3 reversals, 7 days of status,
    and the void of the same day until 23:59:59 WIB.
    """

    clocks: AttemptClocks = field(default_factory=AttemptClocks)
    most_attempts: int = 5
    resend_after: timedelta = timedelta(seconds=15)
    late_success: LateSuccess = LateSuccess.REVIEW
    check_every: timedelta = timedelta(seconds=15)
    most_reversals: int = 3
    believe_404_after: timedelta = timedelta(seconds=50)
    reverse_after_404: timedelta = timedelta(seconds=5)
    approvals_apart: timedelta = timedelta(seconds=60)
    slow_checks: tuple[timedelta, ...] = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)
    daily: timedelta = timedelta(days=1)
    told_after: timedelta = timedelta(days=6)
    asked_until: timedelta = timedelta(days=7)
    watch_after: tuple[timedelta, ...] = (15 * MINUTE, timedelta(days=1))
    most_voids: int = 3
    void_until: time = time(23, 55)
    needs_phone: bool = True
    voids: bool = True
    refunds: bool = False
    refund_within: timedelta | None = None

    def __post_init__(self) -> None:
        if self.most_attempts < 1 or self.most_reversals < 0 or self.most_voids < 1:
            raise ValueError("at least one attempt and one void, and no negative reversals")
        if min(self.check_every, self.daily, *self.slow_checks) <= timedelta(0):
            raise ValueError("checks need time between them")
        if not self.clocks.horizon < self.told_after < self.asked_until:
            raise ValueError("the horizon < an exception is opened < the last check")

    def void_cutoff(self, charged_at: datetime) -> datetime:
        """Until when a charge of that time may be voided: its own day in Jakarta."""
        return datetime.combine(charged_at.astimezone(WIB).date(), self.void_until, WIB)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of every provider; `usual` are those of one that is not offered here any more."""

    usual: Rules
    by_provider: Mapping[str, Rules] = field(default_factory=dict)

    def of(self, provider: str) -> Rules:
        """The rules of the provider of that name."""
        return self.by_provider.get(provider, self.usual)
