"""OVO's response codes, and what a push that was answered with each of them leaves behind."""

from dataclasses import dataclass
from enum import StrEnum

APPROVED = "00"
INVALID_AMOUNT = "13"
UNKNOWN_PHONE = "14"
DECLINED = "17"
NOT_FOUND = "25"
FORMAT_ERROR = "30"
TRANSACTION_FAILED = "40"
TOO_OLD = "54"
NOT_ALLOWED = "58"
NOT_AUTHENTIC = "63"
BELOW_MINIMUM = "67"
PENDING = "68"
ALREADY_REVERSED = "73"
DUPLICATE = "94"
UNKNOWN_OPERATION = "96"
MALFORMED = "BR"
UNKNOWN_TERMINAL = "EB"
SYSTEM_FAILURE = "ER"


class Afterwards(StrEnum):
    """What a later status check finds of a push that was answered with a code (INFERRED)."""

    REMEMBERED = "remembered"  # the same code again
    FORGOTTEN = "forgotten"  # 25: the request was refused before it became a transaction
    UNDECIDED = "undecided"  # the push lives on in the app until its window ends


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """One response code: its meaning in OVO's lists, and what it leaves behind."""

    code: str
    meaning: str
    afterwards: Afterwards


_KEPT, _GONE, _OPEN = Afterwards.REMEMBERED, Afterwards.FORGOTTEN, Afterwards.UNDECIDED

# The codes that public clients of Push to Pay list. 8, 11, 16, 18, 44, 51, 57 and 66 come from
# older documents of other OVO products; 99 is in no list and stands for a code yet to be invented.
CODES: dict[str, ResponseCode] = {
    row[0]: ResponseCode(*row)
    for row in (
        ("8", "Voucher already used", _KEPT),
        ("11", "Invalid account type", _KEPT),
        (INVALID_AMOUNT, "Invalid amount", _KEPT),
        (UNKNOWN_PHONE, "Phone number is not registered", _KEPT),
        ("16", "Invalid card", _KEPT),
        (DECLINED, "Customer declined", _KEPT),
        ("18", "Invalid voucher code", _KEPT),
        (NOT_FOUND, "Transaction not found", _GONE),
        ("26", "Push could not be shown in the app", _KEPT),
        (FORMAT_ERROR, "Format error", _GONE),
        (TRANSACTION_FAILED, "Transaction failed", _KEPT),
        ("44", "Refund code expired", _KEPT),
        ("51", "Insufficient funds", _KEPT),
        (TOO_OLD, "Transaction older than 7 days", _GONE),
        ("56", "Account blocked", _KEPT),
        ("57", "Not eligible for refund", _KEPT),
        (NOT_ALLOWED, "Not allowed for this merchant", _GONE),
        ("61", "Over the limit set by the customer", _KEPT),
        (NOT_AUTHENTIC, "Authentication failed", _GONE),
        ("64", "Account blocked", _KEPT),
        ("65", "Over the count or amount limit", _KEPT),
        ("66", "Wrong withdrawal code", _KEPT),
        (BELOW_MINIMUM, "Below the minimum payment", _KEPT),
        (PENDING, "Pending: the wallet was late to answer", _OPEN),
        (ALREADY_REVERSED, "Already reversed", _GONE),
        (DUPLICATE, "Duplicate merchant invoice or reference number", _GONE),
        (UNKNOWN_OPERATION, "Invalid processing code", _GONE),
        ("99", "A code in no list", _OPEN),
        (MALFORMED, "Bad request", _GONE),
        (UNKNOWN_TERMINAL, "Terminal is not registered", _GONE),
        (SYSTEM_FAILURE, "System failure", _OPEN),
    )
}


def meaning(code: str) -> str:
    """What the code says, in English; empty for 00 and for a code in no list."""
    return CODES[code].meaning if code in CODES else ""
