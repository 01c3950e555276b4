"""What a test may choose about DOKU."""

from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType

from sandbox import readers as read
from sandbox.acquirer.accidents import reader_of
from sandbox.acquirer.plan import Plan
from sandbox.scenario import ScenarioError

CHARGE = "charge"
STATUS = "status"
VOID = "void"
LONGEST_CALL = timedelta(seconds=70)  # DOKU's page: OVO's time-out


@dataclass(frozen=True, slots=True)
class DokuPlan(Plan):
    """The choices about DOKU: its payment call is held until the customer has answered."""

    timestamp_within: timedelta | None = None

    def __post_init__(self) -> None:
        if self.window > LONGEST_CALL:
            raise ScenarioError({"window": "at most 70s, when the call is answered"})


DokuPlan.readers = MappingProxyType(
    {
        "answers": reader_of(CHARGE, STATUS, VOID),
        "timestamp_within": read.perhaps_duration,
    }
)
assert set(DokuPlan.readers) - {"answers"} == {f.name for f in fields(DokuPlan)} - {
    f.name for f in fields(Plan)
}
