"""What a test may choose about a provider that speaks SNAP."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sandbox import readers as read
from sandbox.acquirer.plan import Plan, Reader


@dataclass(frozen=True, slots=True)
class SnapPlan(Plan):
    """The choices that all SNAP providers share. A token lives 15 minutes by OVO's own words."""

    token_life: timedelta = timedelta(minutes=15)
    expires_in_as: str = "text"
    timestamp_form: str = "any"
    timestamp_within: timedelta | None = None
    status_of_unknown: str = "404"


SNAP_READERS: Mapping[str, Reader] = {
    "token_life": read.parse_duration,
    "expires_in_as": read.one_of("text", "number"),
    "timestamp_form": read.one_of("any", "ms", "seconds"),
    "timestamp_within": read.perhaps_duration,
    "status_of_unknown": read.one_of("404", "07"),
}
