"""OVO's daily report of linked accounts (SNAP), line by line.

OVO says that a transaction report comes on the next working day, and that its `MerchantInvoice`
carries our `partnerReferenceNo` (payment API, high-level page). No other title is published: those
are the ones that our sandbox INVENTED, and this table is what is changed for a real file.
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
    Column.REFUND: "RefundNo",
    Column.CUSTOMER: "CustomerPhone",
}

SETTLEMENT = CsvSettlement(
    provider="ovo_snap",
    columns=COLUMNS,
    kinds={"payment": LineKind.PAYMENT, "refund": LineKind.REFUND},
    times=("%d/%m/%Y %H:%M:%S",),
    optional=frozenset({Column.PROVIDER_REFERENCE, Column.REFUND, Column.CUSTOMER}),
)
