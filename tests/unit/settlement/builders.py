"""A small form of settlement file, and rows of it."""

from collections.abc import Sequence

from adapters.outbound.settlement_csv import Column, CsvSettlement
from domain.settlement import LineKind

FORM = CsvSettlement(
    provider="kilat",
    columns={
        Column.KIND: "Type",
        Column.DATE: "Paid at",
        Column.GROSS: "Gross",
        Column.FEE: "Fee",
        Column.VAT: "PPN",
        Column.NET: "Net",
        Column.REFERENCE: "Reference",
        Column.REFUND: "Refund",
        Column.CUSTOMER: "Phone",
    },
    kinds={"payment": LineKind.PAYMENT, "refund": LineKind.REFUND},
    times=("%Y-%m-%d %H:%M:%S",),
    optional=frozenset({Column.REFUND, Column.CUSTOMER}),
)
TITLES = ("Type", "Paid at", "Gross", "Fee", "PPN", "Net", "Reference", "Refund", "Phone")
AT = "2026-11-23 10:15:30"


def a_row(reference: str = "A1", gross: str = "50000", **changes: str) -> list[str]:
    """A payment of Rp 50.000; `changes` are other cells by their titles."""
    row = dict(
        zip(TITLES, ("payment", AT, gross, "750", "83", "49167", reference, "", ""), strict=True)
    )
    return list((row | changes).values())


def a_refund(reference: str = "A1", **changes: str) -> list[str]:
    """The whole of it back."""
    back = {"Type": "refund", "Fee": "-750", "PPN": "-83", "Net": "-49167", "Refund": "re_1"}
    return a_row(reference, "-50000", **(back | changes))


def a_body(
    *rows: Sequence[str], titles: Sequence[str] = TITLES, separator: str = ",", end: str = "\r\n"
) -> bytes:
    """Header and rows, unquoted."""
    lines = [separator.join(row) for row in (titles, *rows)]
    return "".join(line + end for line in lines).encode()
