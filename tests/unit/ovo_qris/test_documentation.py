"""The table of codes in docs/providers/ovo_qris.md is made from the data.

`python -m tests.unit.ovo_qris.test_documentation` writes it anew.
"""

from collections.abc import Iterator
from pathlib import Path

from adapters.outbound.ovo_qris.codes import DECISIONS, Operation

PAGE = Path(__file__).parents[3] / "docs" / "providers" / "ovo_qris.md"
BEGIN, END = "<!-- codes -->", "<!-- end of codes -->"


def _table() -> Iterator[str]:
    yield "| code | to a charge | to a query | to a cancel | to a refund |"
    yield "|---|---|---|---|---|"
    for kind in sorted({kind for _, kind in DECISIONS}):
        yield f"| `{kind}` | {' | '.join(_said(operation, kind) for operation in Operation)} |"


def _said(operation: Operation, kind: str) -> str:
    decision = DECISIONS.get((operation, kind))
    if decision is None:
        return ""
    reason = decision.refusal
    return f"{decision.verdict} (`{reason[0]}`)" if reason else str(decision.verdict)


def with_table(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, *_table(), END + after])


def test_the_page_has_every_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_table(page)
    assert "| `409 01` | duplicate |" in page


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
