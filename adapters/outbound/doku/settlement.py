"""DOKU's file of what it settled, line by line.

The documents at hand do not show this file: titles and form are the ones that our sandbox INVENTED,
and this table is what is changed for a real file. Amounts have no sign, and the last row of a file
may be its total.
"""

from collections.abc import Mapping

from adapters.outbound.settlement_csv import Column, CsvSettlement
from domain.settlement import LineKind

COLUMNS: Mapping[Column, str] = {
    Column.KIND: "TRANSACTION_TYPE",
    Column.DATE: "TRANSACTION_DATE",
    Column.GROSS: "AMOUNT",
    Column.FEE: "FEE",
    Column.VAT: "TAX",
    Column.NET: "SETTLED",
    Column.REFERENCE: "INVOICE_NUMBER",
    Column.APPROVAL_CODE: "APPROVAL_CODE",
    Column.CUSTOMER: "OVO_ID",
}

SETTLEMENT = CsvSettlement(
    provider="doku",
    columns=COLUMNS,
    kinds={"payment": LineKind.PAYMENT, "refund": LineKind.REFUND, "void": LineKind.VOID},
    times=("%Y%m%d%H%M%S",),
    optional=frozenset({Column.APPROVAL_CODE, Column.CUSTOMER}),
    signed=False,
)
