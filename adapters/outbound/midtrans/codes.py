"""Midtrans's words as data: what each one decides, by what it answers.

Sources: docs.midtrans.com (status codes, transaction status cycle, OVO, refund transaction). The
status code speaks where there is no transaction in the answer; the transaction's status elsewhere.
"""

from collections.abc import Mapping
from enum import StrEnum

from adapters.outbound.verdicts import Decision, Verdict
from domain.reason import ReasonCode


class Operation(StrEnum):
    """What was asked, or that Midtrans told by itself."""

    CHARGE = "charge"
    STATUS = "status"
    NOTIFICATION = "notification"
    REFUND = "refund"
    REFUND_CHECK = "refund check"


_V, _R = Verdict, ReasonCode
_NO_ANSWER = Decision(_V.NO_ANSWER)
_FAILURE = Decision(_V.FAILURE)
_ACCOUNT = Decision(_V.ACCOUNT_REFUSED)
_REJECTED = Decision(_V.REFUSED, _R.PROVIDER_REJECTED)
_STOPPED = Decision(_V.MISCONFIGURED, _R.PROVIDER_MISCONFIGURED)

CODES: Mapping[str, tuple[Decision, Decision, Decision]] = {
    # status code: to a charge, to a question, to a refund
    "400": (_REJECTED, _NO_ANSWER, _REJECTED),  # validation
    "401": (_STOPPED, _ACCOUNT, _ACCOUNT),  # wrong server key, or the other mode's
    "402": (_STOPPED, _ACCOUNT, _ACCOUNT),  # no access to this payment type
    "403": (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER),  # cannot answer in the format that was asked for
    # To a charge: "User with requested phone number doesn't exist" (docs.midtrans.com, OVO).
    "404": (
        Decision(_V.DECLINED, _R.PHONE_NOT_REGISTERED),
        Decision(_V.NOT_FOUND),
        _NO_ANSWER,
    ),
    "405": (_REJECTED, _NO_ANSWER, _NO_ANSWER),
    # The order id was used before, which our own never is: whose money moved is unclear.
    "406": (Decision(_V.DUPLICATE), _NO_ANSWER, Decision(_V.DUPLICATE)),
    "407": (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER),
    "408": (_REJECTED, _NO_ANSWER, _REJECTED),  # wrong data type
    "409": (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER),  # of cards
    # Two lists, two meanings: the merchant is deactivated, or a GoPay user is blocked.
    "410": (_STOPPED, _ACCOUNT, _ACCOUNT),
    "411": (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER),  # of cards
    # "Cannot be modified" may mean that an earlier refund of ours was made: the check tells.
    "412": (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER),
    "413": (_REJECTED, _NO_ANSWER, _REJECTED),  # malformed
    # Too little of the merchant's money: perhaps because an earlier refund of ours was made.
    "414": (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER),
    "429": (_FAILURE, _FAILURE, _FAILURE),
    **dict.fromkeys(("500", "501", "502", "503", "504", "505"), (_FAILURE, _FAILURE, _FAILURE)),
}
"""The status codes that speak for themselves."""

STATUSES: Mapping[str, Decision] = {
    "pending": Decision(_V.ACCEPTED),
    "settlement": Decision(_V.APPROVED),
    # "Call the status 10 seconds after expiry, … some lag between OVO x Midtrans x merchant": it is
    # not yet proof that no money moved when it is first told.
    "expire": Decision(_V.ENDED),
    "cancel": Decision(_V.REVERSED),
    "deny": Decision(_V.DECLINED, _R.PROVIDER_REJECTED),
    # "Mostly caused by a bank that fails to send the confirmation": money may have moved.
    "failure": _FAILURE,
    # Paid, and given back since: a person judges what that means for an attempt still open.
    "refund": _NO_ANSWER,
    "partial_refund": _NO_ANSWER,
    "chargeback": _NO_ANSWER,
    "partial_chargeback": _NO_ANSWER,
    # Of cards.
    "capture": _NO_ANSWER,
    "authorize": _NO_ANSWER,
}
"""What a transaction's status decides about the charge."""

DENIED: Mapping[str, Decision] = {
    # channel_response_code: OVO's own word about a push that was denied. Source of the codes: OVO
    # Push to Pay, code lists of public clients; of the field: public merchants of Midtrans.
    "13": Decision(_V.REFUSED, _R.BELOW_MINIMUM),
    "14": Decision(_V.DECLINED, _R.PHONE_NOT_REGISTERED),
    "17": Decision(_V.DECLINED, _R.DECLINED_BY_CUSTOMER),
    "26": Decision(_V.DECLINED, _R.PUSH_NOT_SHOWN),
    "51": Decision(_V.DECLINED, _R.INSUFFICIENT_BALANCE),
    "56": Decision(_V.REFUSED, _R.ACCOUNT_BLOCKED),
    "61": Decision(_V.DECLINED, _R.LIMIT_EXCEEDED),
    "64": Decision(_V.REFUSED, _R.ACCOUNT_BLOCKED),
    "65": Decision(_V.DECLINED, _R.LIMIT_EXCEEDED),
    "67": Decision(_V.REFUSED, _R.BELOW_MINIMUM),
}
"""OVO's refusals; any other code of a denied charge ends it by Midtrans's books only (ENDED)."""

REFUNDED = frozenset({"refund", "partial_refund"})
"""The statuses of a charge of which something was given back."""
_QUESTIONS = frozenset({Operation.STATUS, Operation.NOTIFICATION, Operation.REFUND_CHECK})


def by_code(operation: Operation, code: str) -> Decision:
    """What a status code decides by itself; one that is in no document decides nothing."""
    to_charge, to_question, to_refund = CODES.get(code, (_NO_ANSWER, _NO_ANSWER, _NO_ANSWER))
    if operation in _QUESTIONS:
        return to_question
    return to_charge if operation is Operation.CHARGE else to_refund


def by_status(status: str, channel_code: str | None) -> Decision:
    """What a transaction's status decides about the charge, and OVO's word where it was denied."""
    if status == "deny" and channel_code is not None:
        # 68, 40 and ER are OVO's own doubts, which a gateway's "deny" does not settle.
        return DENIED.get(channel_code, Decision(_V.ENDED))
    return STATUSES.get(status, _NO_ANSWER)
