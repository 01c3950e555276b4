"""The response codes of OVO's dynamic QRIS as data: what each one decides, by what was asked.

Source: the response codes of Bank Indonesia's SNAP standard (HTTP status, service, case); which
class each belongs to is ours, and a code that is not here decides nothing. A code is heard only
where it speaks: what a query, a cancel or a refund is told about itself never decides a charge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adapters.outbound.ovo_qris import texts
from adapters.outbound.ovo_qris.texts import Refusal
from adapters.outbound.snap_answer import Code


class Operation(StrEnum):
    """What was asked; its service stands in the middle of every code that answers it."""

    GENERATE = "47"
    QUERY = "51"
    CANCEL = "77"
    REFUND = "78"


NOTIFY = "52"
"""The service of what OVO tells us."""


class Verdict(StrEnum):
    """What a code decides about what was asked."""

    DONE = "done"
    DECLINED = "declined"
    """No QR code was made, and another attempt may succeed."""
    REFUSED = "refused"
    """No QR code was made, and asking again is pointless."""
    MISCONFIGURED = "misconfigured"
    """No QR code was made, because of the merchant's account: nothing more is sent for it."""
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a verdict
    """Nothing was done: the token was not accepted."""
    SIGNATURE_REFUSED = "signature_refused"
    """Nothing was done: the signature was not accepted."""
    PENDING = "pending"
    DUPLICATE = "duplicate"
    """Our reference was used before: what was made by it is unclear."""
    FAILURE = "failure"
    """OVO failed or was too busy, at some point that it does not name."""
    NOT_FOUND = "not_found"
    REVERSED = "reversed"
    """The charge is canceled."""
    ACCOUNT_REFUSED = "account_refused"
    """The account may not even ask: nothing is said about the charge."""
    NO_ANSWER = "no_answer"
    """The code says nothing about what was asked: unknown, and a human is told."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a code decides, and what the patient is told where it ends the attempt."""

    verdict: Verdict
    refusal: Refusal | None = None


_V = Verdict
_EVERYWHERE: Mapping[str, Verdict] = {
    "202 00": _V.PENDING,
    "401 00": _V.SIGNATURE_REFUSED,
    "401 01": _V.TOKEN_REFUSED,
    "401 03": _V.TOKEN_REFUSED,
    "429 00": _V.FAILURE,
    "500 00": _V.FAILURE,
    "500 01": _V.FAILURE,
    "500 02": _V.FAILURE,
    "504 00": _V.FAILURE,
}
_TO_GENERATE: Mapping[str, Decision] = {
    "200 00": Decision(_V.DONE),
    "400 00": Decision(_V.REFUSED, texts.REJECTED),
    "400 01": Decision(_V.REFUSED, texts.REJECTED),
    "400 02": Decision(_V.REFUSED, texts.REJECTED),
    "403 01": Decision(_V.MISCONFIGURED, texts.WRONG_HERE),
    "403 02": Decision(_V.REFUSED, texts.WRONG_AMOUNT),
    "403 03": Decision(_V.REFUSED, texts.REJECTED),
    "403 04": Decision(_V.DECLINED, texts.OVER_LIMIT),
    "403 05": Decision(_V.REFUSED, texts.REJECTED),
    "403 06": Decision(_V.DECLINED, texts.NOT_NOW),
    "403 15": Decision(_V.REFUSED, texts.REJECTED),
    "403 16": Decision(_V.DECLINED, texts.NOT_NOW),
    "403 18": Decision(_V.MISCONFIGURED, texts.WRONG_HERE),
    "403 19": Decision(_V.MISCONFIGURED, texts.WRONG_HERE),
    "403 20": Decision(_V.DECLINED, texts.OVER_LIMIT),
    "403 23": Decision(_V.DECLINED, texts.OVER_LIMIT),
    "404 08": Decision(_V.MISCONFIGURED, texts.WRONG_HERE),
    "404 13": Decision(_V.REFUSED, texts.WRONG_AMOUNT),
    "404 16": Decision(_V.MISCONFIGURED, texts.WRONG_HERE),
    "404 17": Decision(_V.MISCONFIGURED, texts.WRONG_HERE),
    "404 18": Decision(_V.DUPLICATE),
    "405 00": Decision(_V.MISCONFIGURED, texts.WRONG_HERE),
    "409 00": Decision(_V.DUPLICATE),
    "409 01": Decision(_V.DUPLICATE),
}
_ACCOUNTS = ("403 01", "403 18", "403 19", "404 08", "404 16", "404 17")
_TO_FOLLOW_UP: Mapping[str, Decision] = {
    "200 00": Decision(_V.DONE),
    "404 01": Decision(_V.NOT_FOUND),
    **{kind: Decision(_V.ACCOUNT_REFUSED) for kind in _ACCOUNTS},
}
_ONLY: Mapping[Operation, Mapping[str, Decision]] = {
    Operation.GENERATE: _TO_GENERATE,
    Operation.QUERY: _TO_FOLLOW_UP,
    Operation.CANCEL: {
        **_TO_FOLLOW_UP,
        # Paid, or no longer open: the query tells which.
        "404 00": Decision(_V.FAILURE),
        "404 04": Decision(_V.REVERSED),
        "404 14": Decision(_V.FAILURE),
    },
    Operation.REFUND: {
        **_TO_FOLLOW_UP,
        # Made before, not made, or not yet: the query tells which.
        **{
            kind: Decision(_V.FAILURE)
            for kind in ("403 15", "404 00", "404 18", "405 01", "409 00", "409 01")
        },
    },
}
_COMMON = {kind: Decision(verdict) for kind, verdict in _EVERYWHERE.items()}
DECISIONS: Mapping[tuple[Operation, str], Decision] = {
    (operation, kind): decision
    for operation in Operation
    for kind, decision in {**_COMMON, **_ONLY[operation]}.items()
}
"""Every code that decides something, by what was asked and by HTTP status and case."""
_NOTHING = Decision(_V.NO_ANSWER)


def decide(operation: Operation, code: Code) -> Decision:
    """What the code decides; another service's code, or one that is not here, decides nothing."""
    if code.service != operation:
        return _NOTHING
    return DECISIONS.get((operation, code.kind), _NOTHING)


class Told(StrEnum):
    """What `latestTransactionStatus` says of a charge. Source: SNAP."""

    PAID = "00"
    INITIATED = "01"
    PAYING = "02"
    PENDING = "03"
    REFUNDED = "04"
    CANCELED = "05"
    FAILED = "06"
    NOT_FOUND = "07"
