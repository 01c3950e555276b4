"""The code table in docs/providers/ovo.md is made from the data.

`python -m tests.unit.ovo.test_documentation` writes it anew.
"""

from pathlib import Path

from adapters.outbound.ovo.codes import DECISIONS, Operation
from adapters.outbound.ovo.texts import TEXTS

PAGE = Path(__file__).parents[3] / "docs" / "providers" / "ovo.md"
BEGIN, END = "<!-- codes: made from adapters/outbound/ovo/codes.py -->", "<!-- end of codes -->"
HEAD = (
    "| code | OVO's meaning | to a push | to a check | to a reversal | to a void | to a void check "
    "| to an inquiry | reason | who can fix |"
)


def table() -> str:
    rows = [HEAD, "|---" * 10 + "|"]
    for code, texts in TEXTS.items():
        verdicts = " | ".join(DECISIONS[operation, code].verdict for operation in Operation)
        reason = f"`{texts.reason}`" if texts.reason else ""
        who = texts.who_can_fix if texts.reason else ""
        rows.append(f"| {code} | {texts.meaning} | {verdicts} | {reason} | {who} |")
    return "\n".join(rows)


def with_table(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def test_the_page_shows_the_codes_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert BEGIN in page
    assert END in page
    assert page == with_table(page)


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
