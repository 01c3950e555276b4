"""Whether a provider can be used now, judged by what the last calls to it came to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.copying import replace
from domain.outcome import Declined, NotSent, Outcome, Unknown


@dataclass(frozen=True, slots=True)
class CircuitRules:
    """After `most_failures` in a row nothing new is given to it for `rests`; then it is tried."""

    most_failures: int = 5
    rests: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        if self.most_failures < 1 or self.rests <= timedelta(0):
            raise ValueError("a circuit opens after at least one failure, for some time")


@dataclass(frozen=True, slots=True)
class Circuit:
    """One provider's: it opens on pushes that were never sent and on a configuration refused.

    A push that may have been heard opens nothing: silence says nothing of the next customer, and
    whatever may have been heard is never sent again by another road.
    """

    failures: int = 0
    opened_at: datetime | None = None

    def after(self, outcome: Outcome, at: datetime, rules: CircuitRules) -> "Circuit":
        """The circuit after one more push; once it has rested, one failure opens it again."""
        match outcome:
            case NotSent() | Declined(stops_account=True) | Unknown(stops_account=True):
                failures = min(self.failures + 1, rules.most_failures)
                opens = failures == rules.most_failures
                return replace(self, failures=failures, opened_at=at if opens else None)
            case Unknown():
                return self
            case _:
                return CLOSED

    def is_open(self, at: datetime, rules: CircuitRules) -> bool:
        """Whether it rests."""
        return self.opened_at is not None and at < self.opened_at + rules.rests


CLOSED = Circuit()
