"""The picture of the states shows the table of transitions, and nothing else."""

from pathlib import Path

from domain.payment import FINAL, TRANSITIONS, Status

PAGE = Path(__file__).parents[3] / "docs" / "states.md"
_LATE = frozenset({Status.FAILED, Status.EXPIRED, Status.CANCELED})


def picture() -> str:
    """The state diagram, in Mermaid's words, from the table."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> pending"]
    for status in Status:
        for after in sorted(TRANSITIONS[status], key=list(Status).index):
            honoured = after is Status.SUCCEEDED and (
                status in _LATE | {Status.PENDING, Status.REQUIRES_RETRY}
            )
            label = " : late success, honoured" if honoured else ""
            lines.append(f"    {status} --> {after}{label}")
    lines += [f"    {status} --> [*]" for status in Status if status in FINAL]
    return "\n".join([*lines, "```"])


def test_the_picture_is_the_table() -> None:
    assert picture() in PAGE.read_text()


def test_every_status_is_explained() -> None:
    text = PAGE.read_text()
    assert all(f"| `{status}` |" in text for status in Status)
