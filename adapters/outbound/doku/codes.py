"""DOKU's words as data: what each one decides, by what it answers.

Sources: developers.doku.com (OVO push payment; check status API, non-SNAP, whose table says which
statuses are final). For e-money FAILED and TIMEOUT are not: no word of a payment is a refusal.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from adapters.outbound.verdicts import Decision, Verdict


class Operation(StrEnum):
    """What was asked, or that DOKU told by itself."""

    PAYMENT = "payment"
    STATUS = "status"
    LATE_STATUS = "late status"
    """The same question, asked so late that DOKU has had the time to find out."""
    NOTIFICATION = "notification"
    VOID = "void"
    VOID_CHECK = "void check"


_V = Verdict
STATUSES: Mapping[str, tuple[Verdict, Verdict, Verdict, Verdict]] = {
    # status: to a payment, to a question or by a notification, to a void, to a check of a void
    "SUCCESS": (_V.APPROVED, _V.APPROVED, _V.APPROVED, _V.NOT_FOUND),
    # Not final: as the answer to a payment it proves nothing, and asked about after the horizon it
    # is still only DOKU's books.
    "FAILED": (_V.PENDING, _V.ENDED, _V.PENDING, _V.NO_ANSWER),
    "TIMEOUT": (_V.PENDING, _V.PENDING, _V.PENDING, _V.PENDING),
    "PENDING": (_V.PENDING, _V.PENDING, _V.PENDING, _V.PENDING),
    "REDIRECT": (_V.PENDING, _V.PENDING, _V.PENDING, _V.PENDING),
    "EXPIRED": (_V.PENDING, _V.ENDED, _V.NO_ANSWER, _V.NO_ANSWER),
    "REFUNDED": (_V.NO_ANSWER, _V.REVERSED, _V.APPROVED, _V.APPROVED),
}
"""The statuses that the documents name."""

ERRORS: Mapping[str, tuple[Verdict, Verdict, Verdict, Verdict]] = {
    # error.code, else the HTTP status that the error came with. DOKU documents a message only, so
    # none is believed to say that no money moved: a payment refused in words is asked about too.
    "invalid_signature": (_V.ACCOUNT_REFUSED,) * 4,  # seen by public clients
    "401": (_V.ACCOUNT_REFUSED,) * 4,
    "403": (_V.ACCOUNT_REFUSED,) * 4,
    # To a question by our invoice: public clients take it for "no such order".
    "404": (_V.NO_ANSWER, _V.NOT_FOUND, _V.NO_ANSWER, _V.NO_ANSWER),
    "409": (_V.DUPLICATE, _V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
    "429": (_V.FAILURE,) * 4,
    **dict.fromkeys(("500", "502", "503", "504"), (_V.FAILURE,) * 4),
}
"""An `error` in place of a status."""
_COLUMN: Mapping[Operation, int] = {
    Operation.PAYMENT: 0,
    Operation.STATUS: 1,
    Operation.LATE_STATUS: 1,
    Operation.NOTIFICATION: 1,
    Operation.VOID: 2,
    Operation.VOID_CHECK: 3,
}
_USED_BEFORE = re.compile(r"duplicate|already|exist", re.ASCII | re.IGNORECASE)
"""What DOKU calls an invoice that was used before is in no document."""
_NOBODY_KNOWS = (_V.NO_ANSWER,) * 4


def by_status(operation: Operation, status: str) -> Decision:
    """What a status decides; one that is in no document decides nothing."""
    if status == "TIMEOUT" and operation is Operation.LATE_STATUS:
        # "Call the status to get the final one": one that stands this long is the end by DOKU's
        # books, or every push that is ignored would wait for a person. It is asked about again.
        return Decision(_V.ENDED)
    return Decision(STATUSES.get(status, _NOBODY_KNOWS)[_COLUMN[operation]])


def by_error(operation: Operation, code: str | None, http_status: int) -> Decision:
    """What an error decides; one that nobody has seen decides nothing."""
    if operation is Operation.PAYMENT and code is not None and _USED_BEFORE.search(code):
        return Decision(_V.DUPLICATE)
    said = ERRORS.get(code or "") or ERRORS.get(str(http_status), _NOBODY_KNOWS)
    return Decision(said[_COLUMN[operation]])
