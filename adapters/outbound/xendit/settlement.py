"""Xendit's file of what it settled, line by line.

Xendit has a transactions report, and says of it that each transaction stands there with its fees
and the VAT on them (docs.xendit.co, reports overview). Its own titles were not seen: these are the
ones that our sandbox INVENTED, and this table is what is changed for a real file.
"""

from collections.abc import Mapping

from adapters.outbound.settlement_csv import Column, CsvSettlement
from domain.settlement import LineKind

COLUMNS: Mapping[Column, str] = {
    Column.KIND: "Type",
    Column.DATE: "Created (UTC)",
    Column.GROSS: "Amount",
    Column.FEE: "Fee",
    Column.VAT: "VAT",
    Column.NET: "Net Amount",
    Column.REFERENCE: "Reference ID",
    Column.PROVIDER_REFERENCE: "Product ID",
    Column.REFUND: "Refund Reference ID",
}

SETTLEMENT = CsvSettlement(
    provider="xendit",
    columns=COLUMNS,
    kinds={"payment": LineKind.PAYMENT, "refund": LineKind.REFUND, "void": LineKind.VOID},
    times=(
        "%Y-%m-%dT%H:%M:%S.%f%z",
        "%Y-%m-%dT%H:%M:%S%z",
    ),
    optional=frozenset({Column.PROVIDER_REFERENCE, Column.REFUND}),
)
