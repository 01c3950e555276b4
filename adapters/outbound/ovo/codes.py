"""OVO's response codes as data: what each one decides, by the operation that it answers.

Source: OVO technical document 1.7.1 and the code lists carried by public clients of its versions
1.2 to 1.7. A code is heard only where it speaks: what a check, a reversal, a void or an inquiry is
told about itself (a rotated key, a malformed question) never decides a push.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from adapters.outbound.ovo import follow_up_texts as told
from adapters.outbound.ovo.texts import CHECKING, TEXTS, UNDOCUMENTED, CodeTexts
from domain.reason import Reason


class Operation(StrEnum):
    """What was asked."""

    PUSH = "push"
    CHECK = "check"
    REVERSAL = "reversal"
    VOID = "void"
    CHECK_VOID = "void check"
    INQUIRY = "inquiry"


FOLLOW_UPS = (Operation.CHECK, Operation.REVERSAL, Operation.VOID, Operation.CHECK_VOID)
"""What follows a push by its references: the same codes speak in each, of the push."""


class Verdict(StrEnum):
    """What a code decides about the operation that it answers."""

    APPROVED = "approved"
    """The money was taken (by a reversal or void: given back); on an inquiry, there is a wallet."""
    DECLINED = "declined"
    """No money moved and another attempt may succeed; on an inquiry, there is no wallet."""
    REFUSED = "refused"
    """No money moved and asking again is pointless."""
    MISCONFIGURED = "misconfigured"
    """Refused because of the merchant's account: nothing more is sent for it."""
    PENDING = "pending"
    """OVO itself does not know yet."""
    DUPLICATE = "duplicate"
    """Our references were used before, or a third party failed: whose money moved is unclear."""
    FAILURE = "failure"
    """OVO's system failed at some point that it does not name."""
    NOT_FOUND = "not_found"
    """OVO has no such push, at least not yet."""
    REVERSED = "reversed"
    """OVO took the push back."""
    TOO_OLD = "too_old"
    """OVO no longer answers for the push (after 7 days)."""
    ACCOUNT_REFUSED = "account_refused"
    """The account may not even ask: nothing is said about the push."""
    NO_ANSWER = "no_answer"
    """The code says nothing about what was asked: unknown, and a human is told."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a code decides as the answer to one operation, and what each reader is told."""

    code: str
    verdict: Verdict
    texts: CodeTexts

    @property
    def retryable(self) -> bool:
        """Whether another push may succeed."""
        return self.verdict is Verdict.DECLINED

    @property
    def reason(self) -> Reason | None:
        """The reason that a payment keeps, where the code is a refusal."""
        if self.texts.reason is None or self.verdict not in REFUSALS:
            return None
        return Reason(
            code=self.texts.reason,
            provider_code=self.code,
            retryable=self.retryable,
            who_can_fix=self.texts.who_can_fix,
            message=self.texts.patient,
        )


REFUSALS = frozenset({Verdict.DECLINED, Verdict.REFUSED, Verdict.MISCONFIGURED})
_V = Verdict
_SAID: Mapping[str, tuple[Verdict, Verdict, Verdict]] = {
    # code: to a push, to what follows it (FOLLOW_UPS), to a phone inquiry
    "00": (_V.APPROVED, _V.APPROVED, _V.APPROVED),
    "13": (_V.REFUSED, _V.NO_ANSWER, _V.REFUSED),
    "14": (_V.DECLINED, _V.DECLINED, _V.DECLINED),
    "17": (_V.DECLINED, _V.DECLINED, _V.REFUSED),
    "25": (_V.NO_ANSWER, _V.NOT_FOUND, _V.NO_ANSWER),
    "26": (_V.DECLINED, _V.DECLINED, _V.REFUSED),
    "30": (_V.REFUSED, _V.NO_ANSWER, _V.REFUSED),
    "40": (_V.DUPLICATE, _V.NO_ANSWER, _V.REFUSED),
    "51": (_V.DECLINED, _V.DECLINED, _V.REFUSED),
    "54": (_V.NO_ANSWER, _V.TOO_OLD, _V.NO_ANSWER),
    "56": (_V.REFUSED, _V.NO_ANSWER, _V.REFUSED),
    "58": (_V.MISCONFIGURED, _V.ACCOUNT_REFUSED, _V.MISCONFIGURED),
    "61": (_V.DECLINED, _V.DECLINED, _V.REFUSED),
    "63": (_V.MISCONFIGURED, _V.ACCOUNT_REFUSED, _V.MISCONFIGURED),
    "64": (_V.REFUSED, _V.NO_ANSWER, _V.REFUSED),
    "65": (_V.DECLINED, _V.DECLINED, _V.REFUSED),
    "67": (_V.REFUSED, _V.NO_ANSWER, _V.REFUSED),
    "68": (_V.PENDING, _V.PENDING, _V.PENDING),
    "73": (_V.NO_ANSWER, _V.REVERSED, _V.NO_ANSWER),
    "94": (_V.DUPLICATE, _V.NO_ANSWER, _V.REFUSED),
    "96": (_V.REFUSED, _V.NO_ANSWER, _V.REFUSED),
    "BR": (_V.REFUSED, _V.NO_ANSWER, _V.REFUSED),
    "EB": (_V.MISCONFIGURED, _V.ACCOUNT_REFUSED, _V.MISCONFIGURED),
    "ER": (_V.FAILURE, _V.NO_ANSWER, _V.FAILURE),
    # Of other OVO products (vouchers, cards, withdrawals): never trusted here.
    "8": (_V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
    "11": (_V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
    "16": (_V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
    "18": (_V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
    "44": (_V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
    "57": (_V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
    "66": (_V.NO_ANSWER, _V.NO_ANSWER, _V.NO_ANSWER),
}


_TOLD: Mapping[Operation, tuple[Mapping[str, CodeTexts], CodeTexts]] = {
    # operation: texts that differ from those to a push, text of a code that says nothing
    Operation.CHECK: ({}, CHECKING),
    Operation.REVERSAL: (told.TO_REVERSAL, told.REVERSING),
    Operation.VOID: (told.TO_VOID, told.VOIDING),
    Operation.CHECK_VOID: (told.TO_VOID_CHECK, told.CHECKING_VOID),
}


def _texts_of(code: str, verdict: Verdict, operation: Operation) -> CodeTexts:
    if operation not in _TOLD:
        return TEXTS[code]
    texts, of_nothing = _TOLD[operation]
    if verdict in {Verdict.NO_ANSWER, Verdict.ACCOUNT_REFUSED}:
        return of_nothing
    return texts.get(code, TEXTS[code])


def _verdict(code: str, operation: Operation) -> Verdict:
    to_push, to_follow_up, to_inquiry = _SAID[code]
    if operation in FOLLOW_UPS:
        return to_follow_up
    return to_push if operation is Operation.PUSH else to_inquiry


def _decision(code: str, operation: Operation) -> Decision:
    verdict = _verdict(code, operation)
    return Decision(code, verdict, _texts_of(code, verdict, operation))


DECISIONS: Mapping[tuple[Operation, str], Decision] = {
    (operation, code): _decision(code, operation) for operation in Operation for code in _SAID
}
"""Every documented code, for each operation."""


def decide(operation: Operation, code: str) -> Decision:
    """What the code decides; one that is in no document decides nothing."""
    known = DECISIONS.get((operation, code))
    return known or Decision(code, Verdict.NO_ANSWER, UNDOCUMENTED)
