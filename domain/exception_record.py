"""What a person must look at: money and record may disagree, or nothing more can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class ExceptionKind(StrEnum):
    """Why a person is asked."""

    LATE_SUCCESS = "late_success"
    REVERSALS_SPENT = "reversals_spent"
    REVERSAL_NOT_TAKEN = "reversal_not_taken"
    DUPLICATE_REFERENCE = "duplicate_reference"
    MISMATCH = "mismatch"
    TOO_OLD = "too_old"
    STILL_UNKNOWN = "still_unknown"
    STATUS_CONFLICT = "status_conflict"
    EVIDENCE_REUSED = "evidence_reused"
    REFUND_UNRESOLVED = "refund_unresolved"
    REFUND_CONFLICT = "refund_conflict"


class Action(StrEnum):
    """What a person decides."""

    PAID = "paid"
    NOT_PAID = "not_paid"
    HONOUR = "honour"
    VOID = "void"
    RETURNED = "returned"
    NOTED = "noted"


UNRESOLVED = frozenset(
    {
        ExceptionKind.REVERSALS_SPENT,
        ExceptionKind.REVERSAL_NOT_TAKEN,
        ExceptionKind.DUPLICATE_REFERENCE,
        ExceptionKind.MISMATCH,
        ExceptionKind.TOO_OLD,
        ExceptionKind.STILL_UNKNOWN,
    }
)
"""Kinds that are about an attempt whose end is not known; its end closes them."""
ACTIONS: Mapping[ExceptionKind, tuple[Action, ...]] = {
    ExceptionKind.LATE_SUCCESS: (Action.HONOUR, Action.VOID, Action.RETURNED),
    ExceptionKind.REVERSAL_NOT_TAKEN: (Action.VOID, Action.PAID, Action.NOT_PAID),
    ExceptionKind.REVERSALS_SPENT: (Action.PAID, Action.NOT_PAID),
    ExceptionKind.DUPLICATE_REFERENCE: (Action.PAID, Action.NOT_PAID, Action.NOTED),
    ExceptionKind.MISMATCH: (Action.PAID, Action.NOT_PAID, Action.NOTED),
    ExceptionKind.TOO_OLD: (Action.PAID, Action.NOT_PAID),
    ExceptionKind.STILL_UNKNOWN: (Action.PAID, Action.NOT_PAID),
    ExceptionKind.STATUS_CONFLICT: (Action.NOTED,),
    ExceptionKind.EVIDENCE_REUSED: (Action.NOTED,),
    ExceptionKind.REFUND_UNRESOLVED: (Action.RETURNED, Action.NOTED),
    ExceptionKind.REFUND_CONFLICT: (Action.NOTED,),
}
"""What may be decided of each; the first is the one suggested."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Who ended it, how and why."""

    at: datetime
    actor: str
    action: str
    reason: str
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class ExceptionRecord:
    """One thing to look at; `amount` is the money at risk, `closed` is None while it is open."""

    id: str
    kind: ExceptionKind
    attempt_id: str
    amount: Money
    opened_at: datetime
    code: str | None = None
    closed: Closing | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has ended it yet."""
        return self.closed is None
