"""Xendit's words as data: what each one decides, by what it answers.

Sources: xendit-node v1.21.11 (e-wallet charges) and @c5494c3 (payment requests, refunds),
docs.xendit.co (error lists and failure reasons of e-wallets; void and refund; error scenarios of
/payment_requests and /payments; OVO). Both APIs share the words.
"""

from collections.abc import Mapping
from enum import StrEnum

from adapters.outbound.verdicts import Decision, Verdict
from domain.reason import ReasonCode


class Operation(StrEnum):
    """What was asked, or that Xendit told by itself."""

    CHARGE = "charge"
    STATUS = "status"
    NOTIFICATION = "notification"
    REFUND = "refund"
    VOID = "void"
    VOID_CHECK = "void check"
    REFUND_CHECK = "refund check"


_V, _R = Verdict, ReasonCode
_NO_ANSWER = Decision(_V.NO_ANSWER)
_FAILURE = Decision(_V.FAILURE)
_ACCOUNT = Decision(_V.ACCOUNT_REFUSED)
_PENDING = Decision(_V.PENDING)
_DUPLICATE = Decision(_V.DUPLICATE)
_REJECTED = Decision(_V.REFUSED, _R.PROVIDER_REJECTED)
_STOPPED = Decision(_V.MISCONFIGURED, _R.PROVIDER_MISCONFIGURED)
_Column = tuple[Decision, Decision, Decision]
_OF_NOBODY: _Column = (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER)
_OF_REQUEST: _Column = (_REJECTED, _NO_ANSWER, _REJECTED)
_OF_ACCOUNT: _Column = (_STOPPED, _ACCOUNT, _ACCOUNT)
_OF_FAILURE: _Column = (_FAILURE, _FAILURE, _FAILURE)
_OF_DUPLICATE: _Column = (_DUPLICATE, _NO_ANSWER, _DUPLICATE)

ERRORS: Mapping[str, _Column] = {
    # error_code: to a charge, to a question, to a refund
    "API_VALIDATION_ERROR": _OF_REQUEST,
    "INVALID_VALUE_ERROR": _OF_REQUEST,
    "UNSUPPORTED_CURRENCY": _OF_REQUEST,
    "UNSUPPORTED_CONTENT_TYPE": _OF_REQUEST,
    "INVALID_API_KEY": _OF_ACCOUNT,
    "INVALID_MERCHANT_CREDENTIALS": _OF_ACCOUNT,
    "REQUEST_FORBIDDEN_ERROR": _OF_ACCOUNT,
    "CHANNEL_NOT_ACTIVATED": _OF_ACCOUNT,
    "CALLBACK_URL_NOT_FOUND": (_STOPPED, _NO_ANSWER, _NO_ANSWER),
    # Our key or reference was used before, which our own never is.
    "DUPLICATE_ERROR": _OF_DUPLICATE,
    "IDEMPOTENCY_ERROR": _OF_DUPLICATE,
    # To a question by the id that Xendit itself gave us: a contradiction, and no proof.
    "DATA_NOT_FOUND": _OF_NOBODY,
    "INACTIVE_PAYMENT_REQUEST": _OF_NOBODY,
    "RATE_LIMIT_EXCEEDED": _OF_FAILURE,
    "CHARGE_LIMIT_EXCEEDED": _OF_FAILURE,
    "PAYMENT_REQUEST_RATE_LIMITED": _OF_FAILURE,
    "SERVER_ERROR": _OF_FAILURE,
    "CHANNEL_UNAVAILABLE": _OF_FAILURE,
    "TEMPORARILY_UNAVAILABLE": _OF_FAILURE,
    "REFUND_TEMPORARILY_UNAVAILABLE": _OF_FAILURE,
    "REFUND_IN_PROGRESS": (_NO_ANSWER, _NO_ANSWER, _PENDING),
    "REFUND_NOT_SUPPORTED": (_NO_ANSWER, _NO_ANSWER, _REJECTED),
    "PARTIAL_REFUND_NOT_SUPPORTED": (_NO_ANSWER, _NO_ANSWER, _REJECTED),
    # Each of these may mean that an earlier refund of ours was made: the check tells.
    "MAXIMUM_REFUND_AMOUNT_REACHED": _OF_NOBODY,
    "REFUND_AMOUNT_EXCEEDED": _OF_NOBODY,
    "PARTIAL_REFUND_COUNTS_EXCEEDED": _OF_NOBODY,
    "INELIGIBLE_TRANSACTION": _OF_NOBODY,
    "INELIGIBLE_TRANSACTION_STATUS": _OF_NOBODY,
    "INSUFFICIENT_BALANCE": _OF_NOBODY,
}
"""The errors in place of a payment request or refund."""

STATUSES: Mapping[str, Decision] = {
    "PENDING": Decision(_V.ACCEPTED),
    "REQUIRES_ACTION": Decision(_V.ACCEPTED),
    "SUCCEEDED": Decision(_V.APPROVED),
    "FAILED": Decision(_V.ENDED),  # unless a failure code of the customer's says more: FAILED
    "EXPIRED": Decision(_V.ENDED),
    "CANCELED": Decision(_V.REVERSED),
    "VOIDED": Decision(_V.REVERSED),
    "UNKNOWN": _PENDING,
    "AWAITING_CAPTURE": _NO_ANSWER,  # of cards
    # Paid, and given back since: a person judges what that means for an attempt still open.
    "REFUNDED": _NO_ANSWER,
}
"""What a charge's status decides about it."""

FAILED: Mapping[str, Decision] = {
    # failure_code of a FAILED payment
    "ACCOUNT_ACCESS_BLOCKED": Decision(_V.REFUSED, _R.ACCOUNT_BLOCKED),
    "INVALID_MERCHANT_CREDENTIALS": _STOPPED,
    "USER_DECLINED_PAYMENT": Decision(_V.DECLINED, _R.DECLINED_BY_CUSTOMER),
    "INVALID_ACCOUNT_DETAILS": Decision(_V.DECLINED, _R.PHONE_NOT_REGISTERED),
    "MAXIMUM_LIMIT_REACHED": Decision(_V.DECLINED, _R.LIMIT_EXCEEDED),
    "USER_UNREACHABLE": Decision(_V.DECLINED, _R.PUSH_NOT_SHOWN),
    "INSUFFICIENT_BALANCE": Decision(_V.DECLINED, _R.INSUFFICIENT_BALANCE),
}
"""Refusals by customer or account; any other code (a channel that failed, a time that ran out)
ends the charge by Xendit's books only (ENDED)."""

REFUNDS: Mapping[str, Decision] = {
    "SUCCEEDED": Decision(_V.APPROVED),
    "PENDING": _PENDING,
    "FAILED": _REJECTED,
    "CANCELLED": _REJECTED,
}
"""What a refund's status decides about the refund."""

VOIDS: Mapping[str, tuple[Decision, Decision]] = {
    # void_status: to a void, to a check of it
    "SUCCEEDED": (Decision(_V.APPROVED), Decision(_V.APPROVED)),
    "PENDING": (_PENDING, _PENDING),
    "FAILED": (_NO_ANSWER, Decision(_V.NOT_FOUND)),
}
"""What a charge's void status decides about the void."""


def by_error(operation: Operation, code: str) -> Decision:
    """What an error decides; one that is in no document decides nothing."""
    to_charge, to_question, to_refund = ERRORS.get(code, _OF_NOBODY)
    match operation:
        case Operation.CHARGE:
            return to_charge
        case Operation.REFUND:
            return to_refund
        case _:
            return to_question


def by_status(status: str, failure_code: str | None) -> Decision:
    """What a status decides about the charge, and why it failed."""
    decision = STATUSES.get(status, _NO_ANSWER)
    return FAILED.get(failure_code or "", decision) if status == "FAILED" else decision


def by_void(operation: Operation, status: str, void_status: str | None) -> Decision:
    """What a charge's two statuses decide about its void."""
    if status == "VOIDED":
        return Decision(Verdict.APPROVED)
    if void_status is None and status == "SUCCEEDED" and operation is Operation.VOID_CHECK:
        return Decision(Verdict.NOT_FOUND)  # paid, and no word of a void
    to_void, to_check = VOIDS.get(void_status or "", (_NO_ANSWER, _NO_ANSWER))
    return to_void if operation is Operation.VOID else to_check
