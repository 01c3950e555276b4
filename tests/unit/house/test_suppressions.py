"""What a test asks a linter to overlook, it says why."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.unit.cases import for_each

TESTS = Path(__file__).parents[2]
SUPPRESSED = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b(?P<rest>.*)")
WITH_REASON = re.compile(r"(?::\s*[A-Z]+\d+|\[[\w,-]+\])\W+\w+.*")


def bare(source: str) -> Iterator[int]:
    """The lines with a suppression of everything, or of something without a reason."""
    if not SUPPRESSED.search(source):
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = SUPPRESSED.match(token.string) if token.type == tokenize.COMMENT else None
        if found and not WITH_REASON.fullmatch(found["rest"]):
            yield token.start[0]


@for_each(
    ("line", "is_bare"),
    [
        ("x = 1  # noqa", True),
        ("x = 1  # noqa: E501", True),
        ("x = 1  # type: ignore", True),
        ("x = 1  # type: ignore[misc]", True),
        ("x = 1  # noqa: E501  a table", False),
        ("x = 1  # type: ignore[arg-type]  # the point of the test", False),
        ("x = '# noqa'", False),
    ],
)
def test_a_bare_suppression_is_found(line: str, is_bare: bool) -> None:
    assert bool(list(bare(line))) is is_bare


def test_every_suppression_has_its_reason() -> None:
    files = sorted(TESTS.rglob("*.py"))
    assert len(files) > 100
    found = [f"{p.relative_to(TESTS)}:{line}" for p in files for line in bare(p.read_text("utf-8"))]
    assert found == []
