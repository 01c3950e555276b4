"""A day's settlement as CSV. Every column is INVENTED: OVO publishes no form of this file.

RFC 4180: a header, one line for each movement of money, CRLF at every end, and no sum line.
Amounts are whole rupiah; what was given back is a line of its own with every amount negated.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import StringIO

from sandbox.answers import JAKARTA, points_used
from sandbox.phones import masked
from sandbox.push import Push, State

COLUMNS = (
    "merchant_invoice",
    "tid",
    "mid",
    "batch_no",
    "reference_number",
    "approval_code",
    "trace_number",
    "host_date",
    "host_time",
    "gross_amount",
    "cash_used",
    "points_used",
    "mdr_fee",
    "ppn",
    "net_amount",
    "type",
    "phone",
)
MDR_PER_10_000 = 150  # 1.5 %, invented
PPN_PER_10_000 = 1_100  # 11 % of the fee
WRONG_BY = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of money; `sign` is -1 when it went back to the customer."""

    kind: str
    invoice: str
    terminal: tuple[str, str]
    references: tuple[int, int]
    approval_code: str
    trace: int
    at: datetime
    amount: int
    points: int
    phone: str
    sign: int = 1

    def cells(self) -> tuple[object, ...]:
        """The line as the columns have it."""
        fee = share(self.amount, MDR_PER_10_000)
        ppn = share(fee, PPN_PER_10_000)
        money = (self.amount, self.amount - self.points, self.points, fee, ppn)
        here = self.at.astimezone(JAKARTA)
        return (
            self.invoice,
            *self.terminal,
            *(f"{number:06}" for number in self.references),
            self.approval_code,
            self.trace,
            f"{here:%Y-%m-%d}",
            f"{here:%H:%M:%S}",
            *(self.sign * part for part in money),
            self.sign * (self.amount - fee - ppn),
            self.kind,
            masked(self.phone),
        )


def settlement_csv(
    pushes: Iterable[Push], day: date, *, mid: str | None = None, faults: Iterable[str] = ()
) -> str:
    """What moved on this day in Jakarta, in order of time, for one merchant or for all."""
    chosen = (push for push in pushes if mid in {None, push.request.mid})
    lines = [line for push in chosen for line in _lines(push) if day_of(line.at) == day]
    lines.sort(key=lambda line: line.at)  # equal times keep the order of the pushes
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(line.cells() for line in _with_faults(lines, list(faults), day))
    return out.getvalue()


def _lines(push: Push) -> Iterator[Line]:
    if push.paid_at is None:
        return
    request = push.request
    sale = Line(
        kind="SALE",
        invoice=request.invoice,
        terminal=(request.tid, request.mid),
        references=(request.batch_no, request.reference_number),
        approval_code=push.approval_code,
        trace=push.trace,
        at=push.paid_at,
        amount=request.amount,
        points=points_used(request.amount, push.phone),
        phone=push.phone,
    )
    yield sale
    if push.returned_at is not None:
        kind = "VOID" if push.state is State.VOIDED else "REVERSAL"
        yield replace(sale, kind=kind, trace=push.return_trace, at=push.returned_at, sign=-1)


def _with_faults(lines: list[Line], faults: list[str], day: date) -> list[Line]:
    """The lines with the n-th fault done to the n-th sale; an unknown line needs no sale."""
    sales = iter([line for line in lines if line.kind == "SALE"])
    for fault in faults:
        if fault == "unknown_line":
            lines.append(_unknown(day))
        elif (sale := next(sales, None)) is not None:
            at = lines.index(sale)
            wrong = replace(sale, amount=sale.amount + WRONG_BY)
            lines[at : at + 1] = {
                "missing_line": [],
                "duplicated_line": [sale, sale],
                "wrong_amount": [wrong],
            }[fault]
    return lines


def _unknown(day: date) -> Line:
    return Line(
        kind="SALE",
        invoice=f"UNKNOWN-{day:%Y%m%d}",
        terminal=("99999999", "0010000000XX999"),
        references=(999_999, 999_999),
        approval_code="999999",
        trace=999_999,
        at=datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=JAKARTA),
        amount=50_000,
        points=0,
        phone="081200009999",
    )


def share(amount: int, per_10_000: int) -> int:
    """So many ten-thousandths of an amount; halves go up."""
    return (amount * per_10_000 + 5_000) // 10_000


def day_of(moment: datetime) -> date:
    """The day in Jakarta on which this was."""
    return moment.astimezone(JAKARTA).date()
