"""What a test may choose about Xendit."""

from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType

from sandbox import readers as read
from sandbox.acquirer.accidents import reader_of
from sandbox.acquirer.plan import Plan

CHARGE = "charge"
STATUS = "status"
FIND = "find"
VOID = "void"
REFUND = "refund"
REFUND_STATUS = "refund_status"


@dataclass(frozen=True, slots=True)
class XenditPlan(Plan):
    """The choices about Xendit: amounts and days are those of its pages."""

    minimum_amount: int = 100
    maximum_amount: int = 20_000_000
    charge_http_status: int = 202
    refund_within: timedelta = timedelta(days=14)
    notification_tries: int = 7
    needs_notify_url: bool = False


XenditPlan.readers = MappingProxyType(
    {
        "answers": reader_of(CHARGE, STATUS, FIND, VOID, REFUND, REFUND_STATUS),
        "maximum_amount": read.whole(1, 999_999_999_999),
        "charge_http_status": read.whole(200, 202),
        "refund_within": read.parse_duration,
        "needs_notify_url": read.flag,
    }
)
assert set(XenditPlan.readers) - {"answers"} == {f.name for f in fields(XenditPlan)} - {
    f.name for f in fields(Plan)
}
