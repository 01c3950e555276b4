"""Xendit's file of a day: UTC times, grouped amounts in quotes. All of it is INVENTED."""

from sandbox.acquirer.settlement import Form, Movement
from sandbox.xendit.messages import written


def _cells(moved: Movement) -> tuple[object, ...]:
    money = (moved.amount, moved.fee, moved.ppn, moved.net)
    return (
        moved.kind.upper(),
        moved.charge.handle,
        moved.charge.reference,
        "" if moved.refund is None else moved.refund.reference,
        "ID_OVO",
        *(f"{moved.sign * part:,}" for part in money),
        written(moved.at),
    )


FORM = Form(
    columns=(
        "Type",
        "Product ID",
        "Reference ID",
        "Refund Reference ID",
        "Channel",
        "Amount",
        "Fee",
        "VAT",
        "Net Amount",
        "Created (UTC)",
    ),
    cells=_cells,
)
