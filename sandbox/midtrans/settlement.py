"""Midtrans' file of a day. Its titles are INVENTED, its words those of the notifications."""

from sandbox.acquirer.settlement import Form, Movement
from sandbox.midtrans.messages import written


def _cells(moved: Movement) -> tuple[object, ...]:
    money = (moved.amount, moved.fee, moved.ppn, moved.net)
    return (
        moved.charge.reference,
        moved.charge.handle,
        "ovo",
        "settlement" if moved.sign > 0 else "refund",
        written(moved.at),
        *(f"{moved.sign * part}.00" for part in money),
        "" if moved.refund is None else moved.refund.reference,
        moved.phone,
    )


FORM = Form(
    columns=(
        "order_id",
        "transaction_id",
        "payment_type",
        "transaction_status",
        "transaction_time",
        "gross_amount",
        "mdr_fee",
        "vat",
        "net_amount",
        "refund_key",
        "customer_phone",
    ),
    cells=_cells,
)
