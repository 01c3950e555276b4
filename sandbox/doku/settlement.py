"""DOKU's file of a day: bars, no signs, and a row of totals at its end. All of it is INVENTED."""

from collections.abc import Sequence

from sandbox.acquirer.settlement import Form, Movement


def _money(moved: Movement) -> tuple[int, int, int, int]:
    return moved.amount, moved.fee, moved.ppn, moved.net


def _cells(moved: Movement) -> tuple[object, ...]:
    return (
        moved.charge.reference,
        moved.kind.upper(),
        f"{moved.here:%Y%m%d%H%M%S}",
        *_money(moved),
        moved.charge.approval,
        moved.phone,
    )


def _totals(moved: Sequence[Movement]) -> tuple[object, ...]:
    sums = [sum(each.sign * _money(each)[part] for each in moved) for part in range(4)]
    return ("TOTAL", "", "", *sums, "", "")


FORM = Form(
    columns=(
        "INVOICE_NUMBER",
        "TRANSACTION_TYPE",
        "TRANSACTION_DATE",
        "AMOUNT",
        "FEE",
        "TAX",
        "SETTLED",
        "APPROVAL_CODE",
        "OVO_ID",
    ),
    cells=_cells,
    separator="|",
    totals=_totals,
)
