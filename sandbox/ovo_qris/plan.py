"""What a test may choose about OVO's QRIS."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType

from sandbox import readers as read
from sandbox.acquirer.accidents import reader_of
from sandbox.acquirer.plan import Plan
from sandbox.snap.plan import SNAP_READERS, SnapPlan

B2B_TOKEN = "b2b_token"  # noqa: S105 # the name of an operation
GENERATE = "charge"
QUERY = "status"
CANCEL = "cancel"
REFUND = "refund"

# Bank Indonesia's names. The paths on OVO's own hosts are not published.
PATHS: Mapping[str, str] = {
    "/v1.0/access-token/b2b": B2B_TOKEN,
    "/v1.0/qr/qr-mpm-generate": GENERATE,
    "/v1.0/qr/qr-mpm-query": QUERY,
    "/v1.0/qr/qr-mpm-cancel": CANCEL,
    "/v1.0/qr/qr-mpm-refund": REFUND,
}


@dataclass(frozen=True, slots=True)
class QrisPlan(SnapPlan):
    """The choices about QRIS. A code lives 75 seconds by OVO's own words."""

    window: timedelta = timedelta(seconds=75)
    expired_as: str = "05"
    cancel_of_paid: str = "refuse"
    refund_again: str = "replay"
    notify_token: str = "latest"  # noqa: S105 # a choice


QrisPlan.readers = MappingProxyType(
    {
        **SNAP_READERS,
        "answers": reader_of(*PATHS.values()),
        "expired_as": read.one_of("05", "06", "07", "03"),
        "cancel_of_paid": read.one_of("refuse", "return"),
        "refund_again": read.one_of("replay", "inconsistent"),
        "notify_token": read.one_of("latest", "none"),
    }
)
assert set(QrisPlan.readers) - {"answers"} == {f.name for f in fields(QrisPlan)} - {
    f.name for f in fields(Plan)
}
