"""A settlement file in CSV, read by a table of its columns: one row is one line or one bad line."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, final

from adapters.outbound import settlement_cells as cell
from adapters.outbound.attempt_names import AttemptNames
from adapters.outbound.settlement_cells import BadCell
from adapters.outbound.settlement_text import TOO_MANY, plain, table
from application.ports import MOST_SETTLEMENT_ROWS, SettlementReader, SettlementUnreadable
from domain.errors import InvalidValue
from domain.settlement import BadLine, LineKind, SettlementFile, SettlementLine, Sums

TOTALS = frozenset({"total", "totals", "grandtotal", "jumlah"})
"""A last row that begins with one of these words, and is of no kind, is the file's own sum."""
_Said = TypeVar("_Said")


class Column(StrEnum):
    """What a column may say; a file may have others, which nobody looks at."""

    KIND = "kind"
    DATE = "date"
    """When, or its day where TIME has the rest."""
    TIME = "time"
    GROSS = "gross"
    FEE = "fee"
    VAT = "vat"
    NET = "net"
    REFERENCE = "reference"
    BATCH_NO = "batch_no"
    REFERENCE_NO = "reference_no"
    APPROVAL_CODE = "approval_code"
    PROVIDER_REFERENCE = "provider_reference"
    REFUND = "refund"
    CUSTOMER = "customer"
    TERMINAL = "terminal"
    MERCHANT = "merchant"


C = Column
Words = Mapping[Column, str]
"""The cells of one row by what they say, the blank ones left out."""
NEEDED = frozenset({C.KIND, C.DATE, C.GROSS})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CsvSettlement(SettlementReader):
    """How one provider's files look, as data: another form of file is another table.

    `columns` are the titles, found in any order. `kinds` are the words of KIND, in small letters;
    `times` the forms (strptime) of DATE, or of DATE, a blank and TIME. Columns that are `optional`
    may be missing, and their cells blank. Where amounts are not `signed`, what went back has no
    minus. `keys` tells by what a store finds the attempt of a row (SettlementLine.keys), where that
    is not the name that AttemptNames gave it.
    """

    provider: str
    columns: Mapping[Column, str]
    kinds: Mapping[str, LineKind]
    times: Sequence[str]
    optional: frozenset[Column] = frozenset()
    signed: bool = True
    keys: Callable[[Words], tuple[tuple[str, ...], ...]] | None = None

    def __post_init__(self) -> None:
        if lacking := sorted(NEEDED - (set(self.columns) - self.optional)):
            raise ValueError(f"a settlement file of {self.provider} needs {', '.join(lacking)}")

    def read(self, body: bytes) -> SettlementFile:
        """Every row below the header as a line or a bad line; raises SettlementUnreadable."""
        found = table(body, tuple(self.columns.values()))
        places = {c: found.places[t] for c, t in self.columns.items() if t in found.places}
        if lacking := [self.columns[c] for c in self.columns if c not in {*places, *self.optional}]:
            raise SettlementUnreadable(
                f"has no column {', '.join(lacking)}: see that it is a file of {self.provider}"
            )
        rows = _Rows(self)
        for number, cells in found.rows():
            rows.take(number, cells, places, found.width)
        return rows.ended(hashlib.sha256(body).hexdigest())

    def keys_of(self, words: Words) -> tuple[tuple[str, ...], ...]:
        """By what a store finds the attempt of a row."""
        if self.keys is not None:
            return self.keys(words)
        name = words.get(C.REFERENCE)
        return ((AttemptNames(self.provider).key(name),),) if name else ()


class _BadRow(Exception):
    def __init__(self, column: str | None, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.bad = (column, problem, fix)


class _Rows:
    """The rows of one file as they come: each goes into one of its lists, once."""

    def __init__(self, layout: CsvSettlement) -> None:
        self._layout = layout
        self._count = 0
        self._lines: list[SettlementLine] = []
        self._bad: list[BadLine] = []
        self._total: tuple[int, Words] | None = None

    def take(
        self, number: int, cells: Sequence[str] | None, places: Mapping[Column, int], width: int
    ) -> None:
        """One more row; raises SettlementUnreadable for one too many."""
        self._count += 1
        if self._count > MOST_SETTLEMENT_ROWS:
            raise SettlementUnreadable(TOO_MANY)
        if self._total is not None:
            fix = "join no files: read each by itself"
            self._bad.append(BadLine(self._total[0], None, "is a total, and more follows", fix))
            self._total = None
        try:
            words = self._words(cells, places, width)
            if cells and self._is_total(cells, words):
                self._total = (number, words)
            else:
                self._lines.append(_line(self._layout, number, words))
        except _BadRow as row:
            self._bad.append(BadLine(number, *row.bad))

    def ended(self, digest: str) -> SettlementFile:
        """The file, once every row was taken."""
        told = None
        if self._total is not None:
            number, words = self._total
            try:
                # Of a file with bad lines nobody knows what it should add up to.
                told = _total(self._layout, words, Sums.of(self._lines), checked=not self._bad)
            except _BadRow as row:
                self._bad.append(BadLine(number, *row.bad))
        return SettlementFile(
            self._layout.provider, digest, self._count, tuple(self._lines), tuple(self._bad), told
        )

    def _is_total(self, cells: Sequence[str], words: Words) -> bool:
        """Whoever is called Total pays like anybody else: such a row says that it is a payment."""
        kind = words.get(C.KIND, "").casefold()
        return plain(next(filter(None, cells))) in TOTALS and kind not in self._layout.kinds

    def _words(
        self, cells: Sequence[str] | None, places: Mapping[Column, int], width: int
    ) -> Words:
        if cells is None:
            raise _BadRow(None, "has a quote that stays open, or is too long", _AGAIN)
        if len(cells) < width or any(cells[width:]):
            raise _BadRow(None, f"has {len(cells)} cells where the header has {width}", _AGAIN)
        return {column: cells[at] for column, at in places.items() if cells[at]}


_AGAIN = "ask the provider for the file again"


def _line(layout: CsvSettlement, number: int, words: Words) -> SettlementLine:
    for column, title in layout.columns.items():
        if column not in words and column not in layout.optional:
            raise _BadRow(title, "is blank", "ask the provider what it is")
    kind = layout.kinds.get(words[C.KIND].casefold())
    if kind is None:
        moves = ", ".join(layout.kinds)
        raise _BadRow(layout.columns[C.KIND], f"is none of {moves}", "ask the provider what it is")
    gross, fee, vat, net = _amounts(layout, words)
    sign = 1 if layout.signed or kind is LineKind.PAYMENT else -1
    try:
        return SettlementLine(
            number=number,
            kind=kind,
            gross=sign * gross,
            fee=sign * fee,
            vat=sign * vat,
            net=sign * net,
            at=_at(layout, words),
            reference=_said(layout, words, C.REFERENCE, cell.word),
            batch_no=_said(layout, words, C.BATCH_NO, cell.number),
            reference_no=_said(layout, words, C.REFERENCE_NO, cell.number),
            approval_code=_said(layout, words, C.APPROVAL_CODE, cell.word),
            provider_reference=_said(layout, words, C.PROVIDER_REFERENCE, cell.word),
            refund=_said(layout, words, C.REFUND, cell.word),
            customer=cell.customer(words.get(C.CUSTOMER, "")),
            keys=layout.keys_of(words),
        )
    except InvalidValue as wrong:
        about = layout.columns.get(Column(wrong.field))
        raise _BadRow(about, wrong.problem, "ask the provider what was settled") from None


def _total(layout: CsvSettlement, words: Words, sums: Sums, *, checked: bool) -> Sums:
    """What the totals row says, always with its signs; a blank cell of it says nothing."""
    sums_of = {C.GROSS: sums.gross, C.FEE: sums.fee, C.VAT: sums.vat, C.NET: sums.net}
    told = {}
    for column, sum_of in sums_of.items():
        said = _said(layout, words, column, cell.rupiah)
        told[column] = sum_of if said is None else said
        if checked and told[column] != sum_of:
            problem = f"says {told[column]}, and the lines add up to {sum_of}"
            raise _BadRow(layout.columns[column], problem, f"lines are missing: {_AGAIN}")
    return Sums(1, *told.values())


def _amounts(layout: CsvSettlement, words: Words) -> tuple[int, int, int, int]:
    """Gross, fee, tax and net as the file writes them."""
    gross, fee, vat, net = (
        _said(layout, words, column, cell.rupiah) for column in (C.GROSS, C.FEE, C.VAT, C.NET)
    )
    assert gross is not None
    rest = gross - (fee or 0) - (vat or 0)
    return gross, fee or 0, vat or 0, rest if net is None else net


def _at(layout: CsvSettlement, words: Words) -> datetime:
    text = " ".join(words[column] for column in (C.DATE, C.TIME) if column in words)
    at = _said(layout, {C.DATE: text}, C.DATE, lambda said: cell.moment(said, layout.times))
    assert at is not None
    return at


def _said(
    layout: CsvSettlement, words: Words, column: Column, read: Callable[[str], _Said]
) -> _Said | None:
    """What a cell says; None where it is blank."""
    if column not in words:
        return None
    try:
        return read(words[column])
    except BadCell as wrong:
        raise _BadRow(layout.columns[column], wrong.problem, wrong.fix) from None
