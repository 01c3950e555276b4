"""Compare a settlement file with what is stored, line by line; nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from application.ports import NotFound, PaymentRepository
from domain.attempt import CONCLUDED, Attempt, AttemptStatus
from domain.money import Money
from domain.payment import Payment, Status
from domain.refund import Refund, RefundKind, RefundStatus
from domain.settlement import LineKind, SettlementFile, SettlementLine

MOST_KEYS = 4
"""Alternatives looked for of one line."""


class Agreement(StrEnum):
    """How a line stands to what is stored."""

    AGREES = "agrees"
    NOT_KNOWN = "not_known"
    """No attempt here has any of its names."""
    REFERENCE_DIFFERS = "reference_differs"
    """One of its names is not the attempt's whose others are, or the approval code is not."""
    AMOUNT_DIFFERS = "amount_differs"
    STATUS_DIFFERS = "status_differs"
    """What moved by the file has not moved here."""
    DUPLICATE = "duplicate"
    """The same movement stands in the file before."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A line, and the payment that it is about, as it is here; None where there is none."""

    line: SettlementLine
    agreement: Agreement
    payment_id: str | None = None
    livemode: bool | None = None
    status: Status | None = None
    amount: Money | None = None


@dataclass(slots=True)
class _Told:
    """What the file has told of one attempt so far."""

    paid: bool = False
    refunds: set[str] = field(default_factory=set)
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class CompareSettlement:
    """Each line in the file's order, found by its own names; raises StoreUnavailable.

    A charge that was reversed is not paid here, and stands twice in the file: as a payment and as
    what took it back. Both agree.
    """

    payments: PaymentRepository

    def __call__(self, file: SettlementFile) -> Iterator[Compared]:
        """One answer for each line."""
        given_back = {
            (line.keys, -line.gross) for line in file.lines if line.kind is not LineKind.PAYMENT
        }
        told: dict[str, _Told] = {}
        for line in file.lines:
            found = self._found(line, file.provider)
            if found is None:
                yield Compared(line, Agreement.NOT_KNOWN)
                continue
            payment, attempt, by_all = found
            so_far = told.setdefault(attempt.id, _Told())
            if not by_all or _other_approval(line, payment, attempt):
                agreement = Agreement.REFERENCE_DIFFERS
            elif line.kind is LineKind.PAYMENT:
                reversed_too = (line.keys, line.gross) in given_back
                agreement = _payment(line, payment, attempt, so_far, reversed_too=reversed_too)
            else:
                agreement = _giving_back(line, payment, attempt, so_far)
            yield Compared(
                line, agreement, payment.id, payment.livemode, payment.status, payment.order.amount
            )

    def _found(self, line: SettlementLine, provider: str) -> tuple[Payment, Attempt, bool] | None:
        """The attempt that one of its names leads to, and whether it has the others too."""
        doubtful = None
        for names in line.keys[:MOST_KEYS]:
            for name in names:
                found = self._named(name, provider)
                if found is not None and set(names) <= set(found[1].references.unique):
                    return *found, True
                if found is not None and doubtful is None:
                    doubtful = (*found, False)
        return doubtful

    def _named(self, name: str, provider: str) -> tuple[Payment, Attempt] | None:
        try:
            payment = self.payments.of_reference(name)
        except NotFound:
            return None
        for attempt in payment.attempts:
            if name in attempt.references.unique and attempt.provider == provider:
                return payment, attempt
        return None


def _other_approval(line: SettlementLine, payment: Payment, attempt: Attempt) -> bool:
    ours = payment.details.get("approval_code")
    told = line.approval_code
    paid = attempt.status is AttemptStatus.APPROVED
    return paid and None not in {ours, told} and str(ours) != told


def _payment(
    line: SettlementLine, payment: Payment, attempt: Attempt, told: _Told, *, reversed_too: bool
) -> Agreement:
    if told.paid:
        return Agreement.DUPLICATE
    told.paid = True
    if line.gross != payment.order.amount.rupiah:
        return Agreement.AMOUNT_DIFFERS
    reversed_here = attempt.status in CONCLUDED and reversed_too
    paid = attempt.status is AttemptStatus.APPROVED or reversed_here
    return Agreement.AGREES if paid else Agreement.STATUS_DIFFERS


def _giving_back(
    line: SettlementLine, payment: Payment, attempt: Attempt, told: _Told
) -> Agreement:
    amount = -line.gross
    made = [r for r in payment.refunds if r.attempt_id == attempt.id and _by_provider(r)]
    if line.refund is not None:
        made = [r for r in made if r.id == line.refund] or made
    same = [refund for refund in made if refund.amount.rupiah == amount]
    fresh = [refund for refund in same if refund.id not in told.refunds]
    if fresh:
        told.refunds.add(fresh[0].id)
        return Agreement.AGREES
    if same:
        return Agreement.DUPLICATE
    if attempt.status in CONCLUDED and amount == payment.order.amount.rupiah:
        agreement = Agreement.DUPLICATE if told.taken_back else Agreement.AGREES
        told.taken_back = True
        return agreement
    left = [refund for refund in made if refund.id not in told.refunds]
    return Agreement.AMOUNT_DIFFERS if left else Agreement.STATUS_DIFFERS


def _by_provider(refund: Refund) -> bool:
    """Whether the provider itself gave it back, as far as is known here."""
    return refund.status is RefundStatus.SUCCEEDED and refund.kind is not RefundKind.MANUAL
