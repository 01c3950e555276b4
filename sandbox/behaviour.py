"""Everything that a simulated customer and wallet can do with a push."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.codes import APPROVED, CODES, DECLINED, Afterwards


class Ending(StrEnum):
    """How a push ends if no person comes first."""

    WAIT = "wait"  # somebody taps, or the window ends
    PAY = "pay"
    REFUSE = "refuse"
    EXPIRE = "expire"


class Delivery(StrEnum):
    """What the caller gets to hear of the ending."""

    NORMAL = "normal"  # at once
    CUT = "cut"  # when money moved: the connection ends without an answer
    LATE = "late"  # when money moved: the answer comes after the caller's patience
    AT_LIMIT = "at_limit"  # 68 at the wallet's own limit, whatever the ending
    AT_ONCE = "at_once"  # the code before there is an ending
    AS_EXPIRED = "as_expired"  # when money moved: the empty 404 of a push that ended
    GATEWAY = "gateway"  # when money moved: a page of HTML with HTTP 502
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to a push: its ending, its delivery, and what follow-ups then find."""

    name: str
    meaning: str
    ending: Ending
    delivery: Delivery = Delivery.NORMAL
    code: str = ""
    last_moment: bool = False  # decided in the last hundredth of the window
    missing_checks: int = 0  # so many status checks answer 25 first
    pending_checks: int = 0  # then so many answer 68
    reversal_404s: int = 0  # so many reversals get an empty 404 first
    lost_voids: int = 0  # so many voids are made, and get an empty 404 all the same
    delayed: int = 0  # so many silence bounds pass before the wallet works on the message
    omits: tuple[str, ...] = ()  # fields that every answer about this push leaves out
    lies: tuple[str, ...] = ()  # what every 00 about this push says wrongly


def of_code(code: str) -> Behaviour:
    """What a push does that is answered with this code at once.

    One answered with a code in no list, the empty 404 too, lives on. 00 is an approval.
    """
    if code == APPROVED:
        return Behaviour(code, "Approved at once", Ending.PAY)
    if code not in CODES:
        return Behaviour(code, f"RC {code} at once", Ending.WAIT, Delivery.AT_ONCE, code=code)
    meaning = f"{CODES[code].meaning}: RC {code} at once"
    if CODES[code].afterwards is Afterwards.UNDECIDED:
        return Behaviour(
            code, f"{meaning}, the push lives on", Ending.WAIT, Delivery.AT_ONCE, code=code
        )
    return Behaviour(code, meaning, Ending.REFUSE, code=code)


WAIT = Behaviour("wait", "The push waits for a person", Ending.WAIT)

BEHAVIOURS: dict[str, Behaviour] = {
    row.name: row
    for row in (
        WAIT,
        Behaviour("approve", "Approved", Ending.PAY),
        Behaviour("decline", "The customer declines: RC 17", Ending.REFUSE, code=DECLINED),
        Behaviour("ignore", "Nobody answers: empty HTTP 404 when the window ends", Ending.EXPIRE),
        Behaviour("silence", "No answer ever; no money moves", Ending.EXPIRE, Delivery.NEVER),
        Behaviour(
            "drop", "Paid, then the connection is cut without an answer", Ending.PAY, Delivery.CUT
        ),
        Behaviour(
            "late", "Paid at once, the answer comes after the time-out", Ending.PAY, Delivery.LATE
        ),
        Behaviour(
            "late68",
            "RC 68 at the wallet's limit; it is paid, which the third status check tells",
            Ending.PAY,
            Delivery.AT_LIMIT,
            pending_checks=2,
        ),
        Behaviour(
            "late68_unpaid",
            "RC 68 at the wallet's limit; it is never paid",
            Ending.EXPIRE,
            Delivery.AT_LIMIT,
        ),
        Behaviour(
            "last_moment", "Approved just before the window ends", Ending.PAY, last_moment=True
        ),
        Behaviour(
            "missing_checks",
            "Paid, connection cut; two status checks answer 25 before the third says 00",
            Ending.PAY,
            Delivery.CUT,
            missing_checks=2,
        ),
        Behaviour(
            "stubborn_reversal",
            "Paid, connection cut; two reversals get an empty 404 before the third says 00",
            Ending.PAY,
            Delivery.CUT,
            reversal_404s=2,
        ),
        Behaviour(
            "delayed",
            "The push reaches the wallet only at the silence bound, after reversals; then paid",
            Ending.PAY,
            delayed=1,
        ),
        Behaviour(
            "paid_404",
            "Empty HTTP 404 when the window ends, yet it is paid at that moment",
            Ending.PAY,
            Delivery.AS_EXPIRED,
        ),
        Behaviour(
            "gateway_error",
            "Paid, and the answer is an HTML page with HTTP 502",
            Ending.PAY,
            Delivery.GATEWAY,
        ),
        Behaviour(
            "other_amount",
            "Paid, but every 00 about it names an amount of one rupiah more",
            Ending.PAY,
            lies=("amount",),
        ),
        Behaviour(
            "other_invoice",
            "Paid, but every 00 about it names another merchant invoice",
            Ending.PAY,
            lies=("invoice",),
        ),
        Behaviour(
            "no_request_data",
            "Paid; no answer about it has transactionRequestData",
            Ending.PAY,
            omits=("transactionRequestData",),
        ),
        Behaviour(
            "lost_void",
            "Paid; its void is made and gets an empty 404, so that only the void check tells",
            Ending.PAY,
            lost_voids=1,
        ),
        Behaviour(
            "long_delayed",
            "The push reaches the wallet only after three silence bounds, given up; then paid",
            Ending.PAY,
            delayed=3,
        ),
        *(of_code(code) for code in CODES),
    )
}
