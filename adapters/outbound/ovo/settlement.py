"""OVO's settlement of Push to Pay, line by line.

Neither the titles nor the form of this file are published; a public client says that the batch
number is there for settlement. The table below is the one that our sandbox INVENTED: when the first
file of a real merchant has come, it is this table that is changed.
"""

from collections.abc import Mapping

from adapters.outbound.ovo.references import unique_names
from adapters.outbound.settlement_csv import Column, CsvSettlement, Words
from domain.settlement import LineKind

COLUMNS: Mapping[Column, str] = {
    Column.KIND: "type",
    Column.DATE: "host_date",
    Column.TIME: "host_time",
    Column.GROSS: "gross_amount",
    Column.FEE: "mdr_fee",
    Column.VAT: "ppn",
    Column.NET: "net_amount",
    Column.REFERENCE: "merchant_invoice",
    Column.TERMINAL: "tid",
    Column.MERCHANT: "mid",
    Column.BATCH_NO: "batch_no",
    Column.REFERENCE_NO: "reference_number",
    Column.APPROVAL_CODE: "approval_code",
    Column.PROVIDER_REFERENCE: "trace_number",
    Column.CUSTOMER: "phone",
}


def _keys(words: Words) -> tuple[tuple[str, ...], ...]:
    """By batch and reference, and by invoice; the file does not say of which mode it is."""
    terminal = f"{words[Column.TERMINAL]}:{words[Column.MERCHANT]}"
    batch, reference = int(words[Column.BATCH_NO]), int(words[Column.REFERENCE_NO])
    invoice = words[Column.REFERENCE]
    return tuple(
        unique_names(f"ovo:{mode}:{terminal}", batch, reference, invoice)
        for mode in ("live", "test")
    )


SETTLEMENT = CsvSettlement(
    provider="ovo",
    columns=COLUMNS,
    kinds={"sale": LineKind.PAYMENT, "void": LineKind.VOID, "reversal": LineKind.VOID},
    times=("%Y-%m-%d %H:%M:%S",),
    optional=frozenset({Column.APPROVAL_CODE, Column.PROVIDER_REFERENCE, Column.CUSTOMER}),
    keys=_keys,
)
