"""The tables of words in docs/providers/ are made from the data.

`python -m tests.unit.gateways.test_documentation` writes them anew.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from adapters.outbound.doku import codes as doku
from adapters.outbound.midtrans import codes as midtrans
from adapters.outbound.verdicts import Decision, Verdict
from adapters.outbound.xendit import codes as xendit

PAGES = Path(__file__).parents[3] / "docs" / "providers"
END = "<!-- end of words -->"


def _said(decision: Decision | Verdict) -> str:
    if isinstance(decision, Verdict):
        return decision
    return f"{decision.verdict} (`{decision.reason}`)" if decision.reason else decision.verdict


def _table(head: str, rows: Mapping[str, object]) -> Iterator[str]:
    yield ""
    yield f"| {head} |"
    yield "|---" * (head.count("|") + 1) + "|"
    for word, told in rows.items():
        columns = told if isinstance(told, tuple) else (told,)
        yield f"| `{word}` | {' | '.join(_said(column) for column in columns)} |"


TABLES: Mapping[str, tuple[tuple[str, Mapping[str, object]], ...]] = {
    "midtrans": (
        ("transaction_status | decides", midtrans.STATUSES),
        ("channel_response_code of a denied charge | decides", midtrans.DENIED),
        ("status_code alone | to a charge | to a question | to a refund", midtrans.CODES),
    ),
    "xendit": (
        ("status | decides", xendit.STATUSES),
        ("failure_code of a failed charge | decides", xendit.FAILED),
        ("status of a refund | decides", xendit.REFUNDS),
        ("void_status | to a void | to a void check", xendit.VOIDS),
        ("error_code | to a charge | to a question | to a refund", xendit.ERRORS),
    ),
    "doku": (
        ("status | to a payment | to a question | to a void | to a void check", doku.STATUSES),
        ("error | to a payment | to a question | to a void | to a void check", doku.ERRORS),
    ),
}


def with_tables(provider: str, page: str) -> str:
    begin = f"<!-- words of {provider} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(END)
    lines = [line for head, rows in TABLES[provider] for line in _table(head, rows)]
    return "\n".join([before + begin, *lines[1:], END + after])


@pytest.mark.parametrize("provider", TABLES)
def test_the_page_shows_the_words_as_they_are(provider: str) -> None:
    page = (PAGES / f"{provider}.md").read_text(encoding="utf-8")
    assert page.count(END) == 1
    assert page == with_tables(provider, page)


if __name__ == "__main__":
    for name in TABLES:
        path = PAGES / f"{name}.md"
        path.write_text(with_tables(name, path.read_text(encoding="utf-8")), encoding="utf-8")
