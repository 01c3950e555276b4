"""A provider's settlement file: what moved by its books, line by line, exact at any size.

Amounts are whole rupiah as seen by the merchant: what came in is above zero, what went back to a
customer is below, and so are the fee and the tax that go with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import InvalidValue


class LineKind(StrEnum):
    """Which way the money of a line went, and by which road."""

    PAYMENT = "payment"
    REFUND = "refund"
    VOID = "void"
    """A whole charge that the wallet took back: a void, or a reversal of what was paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """One movement of money, by the references that the provider's file gives.

    `number` is where it stands in the file, counted from 1, the header with it. `reference` is the
    attempt's own name at the provider (merchant invoice, partner reference), `provider_reference`
    the provider's name of the charge, `refund` the refund's own name, where each is told. `keys`
    are what a store may know the attempt by, as in References.unique: it is the attempt that has
    all of the first, or of the next. `fee` is the MDR, `vat` the PPN on it; what a file does not
    tell is 0. `customer` is masked.

    Raises InvalidValue where the amounts contradict each other or their kind.
    """

    number: int
    kind: LineKind
    gross: int
    fee: int
    vat: int
    net: int
    at: datetime
    reference: str | None = None
    batch_no: int | None = None
    reference_no: int | None = None
    approval_code: str | None = None
    provider_reference: str | None = None
    refund: str | None = None
    customer: str | None = None
    keys: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if (self.gross > 0) is not (self.kind is LineKind.PAYMENT) or self.gross == 0:
            raise InvalidValue("gross", "does not go the way of its kind")
        if self.net != self.gross - self.fee - self.vat:
            raise InvalidValue("net", "is not gross less fee less tax")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A row that cannot be read: which column, if one, what is wrong with it, and what to do.

    Never repeats what the row holds: a cell that slipped may be anybody's name.
    """

    number: int
    column: str | None
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Sums:
    """What lines add up to, in rupiah of any size."""

    count: int = 0
    gross: int = 0
    fee: int = 0
    vat: int = 0
    net: int = 0

    @classmethod
    def of(cls, lines: Iterable[SettlementLine]) -> "Sums":
        """The sums of these lines."""
        count = gross = fee = vat = net = 0
        for line in lines:
            count += 1
            gross += line.gross
            fee += line.fee
            vat += line.vat
            net += line.net
        return cls(count, gross, fee, vat, net)


@dataclass(frozen=True, slots=True)
class SettlementFile:
    """One file of one provider, read whole: no row of it is lost.

    `digest` is the SHA-256 of its bytes in hexadecimal digits: the same file again has the same.
    `rows` counts what stands below its header, blank rows left out. `told` is what the file's own
    totals row says; its count is 1. Raises ValueError where a row is neither a line, nor a bad
    line, nor the totals row.
    """

    provider: str
    digest: str
    rows: int
    lines: tuple[SettlementLine, ...]
    bad: tuple[BadLine, ...]
    told: Sums | None = None

    def __post_init__(self) -> None:
        if self.rows != len(self.lines) + len(self.bad) + (self.told is not None):
            raise ValueError("a row of the settlement file was lost, or counted twice")
        numbers = {line.number for line in self.lines}
        numbers.update(bad.number for bad in self.bad)
        if len(numbers) != len(self.lines) + len(self.bad):
            raise ValueError("a row of the settlement file is told twice")

    @property
    def sums(self) -> Sums:
        """What all of its lines add up to."""
        return Sums.of(self.lines)

    def sums_of(self, *kinds: LineKind) -> Sums:
        """What its lines of these kinds add up to."""
        return Sums.of(line for line in self.lines if line.kind in kinds)
