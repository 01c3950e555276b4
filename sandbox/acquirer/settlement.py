"""A day's settlement of a provider as a file. No provider's own form is known: all are INVENTED.

The forms differ on purpose, as those of real providers do: separators, signs, how amounts and times
are written, whether the file begins with a byte order mark or ends with its sums.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from io import StringIO

from sandbox.acquirer.charge import Charge, Refund, RefundState, State
from sandbox.answers import JAKARTA
from sandbox.phones import masked
from sandbox.settlement import MDR_PER_10_000, PPN_PER_10_000, day_of, share

_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


class Kind(StrEnum):
    """Why money moved."""

    PAYMENT = "payment"
    REFUND = "refund"
    VOID = "void"


@dataclass(frozen=True, slots=True, repr=False)
class Movement:
    """One movement of money; its amounts are above zero whichever way it went."""

    kind: Kind
    charge: Charge
    at: datetime
    amount: int
    mdr: int  # ten-thousandths
    refund: Refund | None = None

    @property
    def sign(self) -> int:
        """-1 where the money went back to the customer."""
        return 1 if self.kind is Kind.PAYMENT else -1

    @property
    def fee(self) -> int:
        """What the provider keeps; of what goes back it gives it back."""
        return share(self.amount, self.mdr)

    @property
    def ppn(self) -> int:
        """The tax on its fee."""
        return share(self.fee, PPN_PER_10_000)

    @property
    def net(self) -> int:
        """What is left for the merchant."""
        return self.amount - self.fee - self.ppn

    @property
    def here(self) -> datetime:
        """When, in Jakarta."""
        return self.at.astimezone(JAKARTA)

    @property
    def phone(self) -> str:
        """The customer's phone, masked; empty where nobody gave one."""
        return "" if self.charge.phone is None else masked(self.charge.phone)


@dataclass(frozen=True, slots=True)
class Form:
    """How a provider's file looks: its titles, and the cells of a movement under them."""

    columns: Sequence[str]
    cells: Callable[[Movement], Sequence[object]]
    separator: str = ","
    marked: bool = False  # begins with a byte order mark
    totals: Callable[[Sequence[Movement]], Sequence[object]] | None = None
    mdr: int = MDR_PER_10_000


def settlement_file(
    charges: Iterable[Charge], form: Form, day: date, *, provider: str, partner: str | None = None
) -> str:
    """What moved on that day in Jakarta, in order of time, of one partner or of all."""
    moved = [
        movement
        for charge in charges
        if charge.provider == provider and partner in {None, charge.partner.name}
        for movement in _movements(charge, form.mdr)
        if day_of(movement.at) == day
    ]
    moved.sort(key=lambda movement: movement.at)  # equal times keep the order of the charges
    out = StringIO()
    out.write(_MARK if form.marked else "")
    writer = csv.writer(out, delimiter=form.separator)
    writer.writerow(form.columns)
    writer.writerows(form.cells(movement) for movement in moved)
    if form.totals is not None:
        writer.writerow(form.totals(moved))
    return out.getvalue()


def _movements(charge: Charge, mdr: int) -> Iterator[Movement]:
    if charge.paid_at is None:
        return
    yield Movement(Kind.PAYMENT, charge, charge.paid_at, charge.amount, mdr)
    if charge.state is State.VOIDED and charge.given_back_at is not None:
        yield Movement(Kind.VOID, charge, charge.given_back_at, charge.amount, mdr)
    for refund in charge.refunds.values():
        if refund.state is RefundState.MADE and refund.settled_at is not None:
            yield Movement(Kind.REFUND, charge, refund.settled_at, refund.amount, mdr, refund)
