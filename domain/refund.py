"""Money on its way back to the customer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.follow_up import Void
from domain.money import Money


class RefundStatus(StrEnum):
    """What is known of a refund."""

    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundKind(StrEnum):
    """By which road: the wallet's void of the same day, its refund, or a person's transfer."""

    VOID = "void"
    REFUND = "refund"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Refund:
    """Part or all of a payment. `actor` asked for it; `closed_by` is the operator who ended it.

    `call` is what was decided of one that the provider makes, `ask_at` when its next step is due.
    """

    id: str
    attempt_id: str
    amount: Money
    kind: RefundKind
    status: RefundStatus
    reason: str
    actor: str
    created_at: datetime
    updated_at: datetime
    closed_by: str | None = None
    evidence: str | None = None
    call: Void | None = None
    ask_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether its money is, or may be, on its way: all but a failed one."""
        return self.status is not RefundStatus.FAILED
