"""OVO's answers about linked accounts as data: what each one decides, by what was asked.

Source: ASPI's SNAP "Direct Debit" tables (HTTP status, service, case; latestTransactionStatus). The
class of each case is ours. A code is heard only where it speaks: what a status question is told
about itself never decides a payment.
"""

from collections.abc import Mapping
from enum import StrEnum

from adapters.outbound.verdicts import Decision, Verdict, reason
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix


class Operation(StrEnum):
    """What was asked, by its service code."""

    BIND = "07"
    UNBIND = "09"
    BALANCE = "11"
    DEBIT = "54"
    STATUS = "55"
    REFUND = "58"


V, R = Verdict, ReasonCode
TOKEN_REFUSED = frozenset({"401 01", "401 02", "401 03", "401 04"})
"""The token is refused, so nothing was done: another one may be tried."""
WRONG_SIGNATURE = "401 00"
"""The signature is refused, so nothing was done."""
CUSTOMER_REFUSED = frozenset({"401 02", "401 04"})
"""The customer's token itself is refused or not known."""
STALE_WORD = "OV00502"
"""OVO's own word for a token that is to be had anew, outside of SNAP's codes."""
_NO_ANSWER = Decision(V.NO_ANSWER)
_OUR_BUG = Decision(V.REFUSED, R.PROVIDER_REJECTED)
_NOT_NOW = Decision(V.DECLINED, R.WALLET_UNREACHABLE)
_BLOCKED = Decision(V.DECLINED, R.ACCOUNT_BLOCKED)
_LIMIT = Decision(V.DECLINED, R.LIMIT_EXCEEDED)
_CONFIGURED = Decision(V.REFUSED, R.PROVIDER_MISCONFIGURED)
_FAILURE, _PENDING, _DUPLICATE = Decision(V.FAILURE), Decision(V.PENDING), Decision(V.DUPLICATE)

_DEBIT: Mapping[str, Decision] = {
    "200 00": Decision(V.APPROVED),
    "202 00": _PENDING,
    "400 00": _OUR_BUG,
    "400 01": _OUR_BUG,
    "400 02": _OUR_BUG,
    "401 00": Decision(V.MISCONFIGURED, R.PROVIDER_MISCONFIGURED),
    "401 01": _NOT_NOW,
    "401 02": _NOT_NOW,
    "401 03": _NOT_NOW,
    "401 04": _NOT_NOW,
    "403 00": Decision(V.DECLINED, R.TIMED_OUT),
    "403 01": _CONFIGURED,
    "403 02": _LIMIT,
    "403 03": _BLOCKED,
    "403 04": _LIMIT,
    "403 05": _BLOCKED,
    "403 06": _NOT_NOW,
    "403 07": _BLOCKED,
    "403 08": _OUR_BUG,
    "403 09": _BLOCKED,
    "403 10": _LIMIT,
    "403 11": _BLOCKED,
    "403 12": _OUR_BUG,
    "403 13": _OUR_BUG,
    "403 14": Decision(V.DECLINED, R.INSUFFICIENT_BALANCE),
    "403 15": _OUR_BUG,
    "403 16": _OUR_BUG,
    "403 17": _LIMIT,
    "403 18": _BLOCKED,
    "403 19": _CONFIGURED,
    "403 20": _LIMIT,
    "403 21": _OUR_BUG,
    "403 22": _OUR_BUG,
    "403 23": _LIMIT,
    "404 00": _NO_ANSWER,
    "404 01": _NO_ANSWER,
    "404 04": Decision(V.DECLINED, R.DECLINED_BY_CUSTOMER),
    "404 08": _CONFIGURED,
    "404 11": Decision(V.REFUSED, R.PHONE_NOT_REGISTERED),
    "404 13": _OUR_BUG,
    "404 14": _DUPLICATE,
    "404 16": _CONFIGURED,
    "404 17": _CONFIGURED,
    "404 18": _OUR_BUG,  # ASPI: for a payment, failed
    "405 00": _OUR_BUG,
    "405 01": _OUR_BUG,
    "409 00": _DUPLICATE,
    "409 01": _DUPLICATE,
    "429 00": _NOT_NOW,
}
_STATUS: Mapping[str, Decision] = {
    # Of the question alone: what became of the payment is in latestTransactionStatus.
    "200 00": Decision(V.APPROVED),
    "202 00": _PENDING,
    "401 00": Decision(V.ACCOUNT_REFUSED),
    "404 01": Decision(V.NOT_FOUND),
    "429 00": _FAILURE,
}
_REFUND: Mapping[str, Decision] = {
    "200 00": Decision(V.APPROVED),
    "202 00": _PENDING,
    "400 00": _OUR_BUG,
    "400 01": _OUR_BUG,
    "400 02": _OUR_BUG,
    "401 00": _NO_ANSWER,
    "401 01": _FAILURE,
    "401 02": _FAILURE,
    "401 03": _FAILURE,
    "401 04": _FAILURE,
    "403 06": _FAILURE,
    "404 18": Decision(V.APPROVED),  # ASPI: for a refund or void, success
    "409 00": _DUPLICATE,
    "409 01": _DUPLICATE,
    "429 00": _FAILURE,
}
_REFUND_REFUSED = ("403", "404", "405")
"""Any other case of these is the refusal of this very refund."""
_TABLES = {Operation.DEBIT: _DEBIT, Operation.STATUS: _STATUS, Operation.REFUND: _REFUND}
_BROKEN = ("500", "504")

RAN_OUT = "403 00"
"""Told of a charge afterwards: its time ran out, by OVO's books."""
LATEST: Mapping[str, Decision] = {
    # latestTransactionStatus; 05 and 07 are believed once nothing can move any more
    "00": Decision(V.APPROVED),
    "01": Decision(V.ACCEPTED),
    "02": Decision(V.ACCEPTED),
    "03": Decision(V.ACCEPTED),
    "04": Decision(V.REVERSED),
    "05": Decision(V.ENDED),
    "06": Decision(V.DECLINED, R.PROVIDER_REJECTED),
    "07": Decision(V.NOT_FOUND),
}


def decide(operation: Operation, kind: str) -> Decision:
    """What the code ("403 14") decides there; one that is in no table decides nothing."""
    known = _TABLES[operation].get(kind)
    if known is not None:
        return known
    if kind[:3] in _BROKEN:
        return _FAILURE
    if operation is Operation.REFUND and kind[:3] in _REFUND_REFUSED:
        return _OUR_BUG
    return _NO_ANSWER


def link_again(code: str) -> Reason:
    """The wallet takes the customer's token no more: only linking again helps."""
    return reason(ReasonCode.WALLET_LINK_INACTIVE, code, retryable=False)


def failed_there(code: str) -> Reason:
    """OVO says that the payment failed, and no more."""
    return Reason(
        ReasonCode.PROVIDER_REJECTED,
        code,
        retryable=True,
        who_can_fix=WhoCanFix.CUSTOMER,
        message=Texts(
            id="OVO tidak menyelesaikan pembayaran. Anda tidak ditagih. Silakan coba lagi.",
            en="OVO did not complete the payment. You were not charged. Please try again.",
        ),
    )
