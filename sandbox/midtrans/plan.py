"""What a test may choose about Midtrans."""

from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType

from sandbox import readers as read
from sandbox.acquirer.accidents import reader_of
from sandbox.acquirer.plan import Plan

CHARGE = "charge"
STATUS = "status"
CANCEL = "cancel"
EXPIRE = "expire"
REFUND = "refund"


@dataclass(frozen=True, slots=True)
class MidtransPlan(Plan):
    """The choices about Midtrans. A charge expires after 65 seconds, as its page's sample has it.

    Whether HTTP repeats the `status_code` of the body is not published.
    """

    window: timedelta = timedelta(seconds=65)
    http_status: str = "same"
    takes_refunds: bool = True


MidtransPlan.readers = MappingProxyType(
    {
        "answers": reader_of(CHARGE, STATUS, CANCEL, EXPIRE, REFUND),
        "http_status": read.one_of("same", "200"),
        "takes_refunds": read.flag,
    }
)
assert set(MidtransPlan.readers) - {"answers"} == {f.name for f in fields(MidtransPlan)} - {
    f.name for f in fields(Plan)
}
