"""Midtrans's file of what it settled, line by line.

The documents at hand do not show this file. Its words are those of Midtrans's notifications
(docs.midtrans.com), its titles the ones that our sandbox INVENTED: for a real file it is this table
that is changed. A refund is known by the `refund_key` that we gave it.
"""

from collections.abc import Mapping

from adapters.outbound.settlement_csv import Column, CsvSettlement
from domain.settlement import LineKind

COLUMNS: Mapping[Column, str] = {
    Column.KIND: "transaction_status",
    Column.DATE: "transaction_time",
    Column.GROSS: "gross_amount",
    Column.FEE: "mdr_fee",
    Column.VAT: "vat",
    Column.NET: "net_amount",
    Column.REFERENCE: "order_id",
    Column.PROVIDER_REFERENCE: "transaction_id",
    Column.REFUND: "refund_key",
    Column.CUSTOMER: "customer_phone",
}

SETTLEMENT = CsvSettlement(
    provider="midtrans",
    columns=COLUMNS,
    kinds={
        "settlement": LineKind.PAYMENT,
        "refund": LineKind.REFUND,
        "partial_refund": LineKind.REFUND,
    },
    times=("%Y-%m-%d %H:%M:%S",),
    optional=frozenset({Column.PROVIDER_REFERENCE, Column.REFUND, Column.CUSTOMER}),
)
