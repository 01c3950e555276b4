"""OVO's daily transaction report of its SNAP products. Only `MerchantInvoice` is known: it carries
the partner's reference (OVO, QRIS and payment API, high-level pages). The rest is INVENTED.
"""

from sandbox.acquirer.settlement import Form, Movement
from sandbox.settlement import MDR_PER_10_000


def report(*, mdr: int = MDR_PER_10_000) -> Form:
    """The report, as a spreadsheet in Indonesia writes it: semicolons, points between thousands."""
    return Form(
        columns=(
            "TransactionDate",
            "TransactionTime",
            "MerchantInvoice",
            "ReferenceNo",
            "TransactionType",
            "RefundNo",
            "CustomerPhone",
            "Amount",
            "MDR",
            "PPN",
            "NettAmount",
        ),
        cells=_cells,
        separator=";",
        marked=True,
        mdr=mdr,
    )


def _cells(moved: Movement) -> tuple[object, ...]:
    return (
        f"{moved.here:%d/%m/%Y}",
        f"{moved.here:%H:%M:%S}",
        moved.charge.reference,
        moved.charge.handle,
        moved.kind.upper(),
        "" if moved.refund is None else moved.refund.reference,
        moved.phone,
        *(_grouped(moved.sign * part) for part in (moved.amount, moved.fee, moved.ppn, moved.net)),
    )


def _grouped(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")
