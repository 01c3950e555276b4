"""OVO's daily report of its dynamic QRIS, line by line.

OVO says that a transaction report comes on the next working day, and that its `MerchantInvoice`
carries our reference (dynamic QRIS, high-level page). No other title is published: those are the
ones that our sandbox INVENTED, and this table is what is changed for a real file. Whoever scanned
the code is not named, and a refund, which is always whole, is known by the charge's own reference.
"""

from collections.abc import Mapping

from adapters.outbound.settlement_csv import Column, CsvSettlement
from domain.settlement import LineKind

COLUMNS: Mapping[Column, str] = {
    Column.KIND: "TransactionType",
    Column.DATE: "TransactionDate",
    Column.TIME: "TransactionTime",
    Column.GROSS: "Amount",
    Column.FEE: "MDR",
    Column.VAT: "PPN",
    Column.NET: "NettAmount",
    Column.REFERENCE: "MerchantInvoice",
    Column.PROVIDER_REFERENCE: "ReferenceNo",
}

SETTLEMENT = CsvSettlement(
    provider="ovo_qris",
    columns=COLUMNS,
    kinds={"payment": LineKind.PAYMENT, "refund": LineKind.REFUND, "void": LineKind.VOID},
    times=("%d/%m/%Y %H:%M:%S",),
    optional=frozenset({Column.PROVIDER_REFERENCE}),
)
