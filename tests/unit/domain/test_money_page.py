"""The page about the money, and the table of events, say what the code does."""

import re
from pathlib import Path

from domain.events import EventType
from domain.exception_record import ACTIONS, Action, ExceptionKind
from domain.payment import Status
from domain.refund import RefundKind, RefundStatus
from domain.rules import LateSuccess

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "money.md").read_text()
WORD = re.compile(r"`([a-z_.]+)`")


def rows(heading: str, page: str = PAGE) -> list[list[str]]:
    """The cells of each row of the tables below that heading."""
    text = page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [line.strip("| ").split(" | ") for line in lines]


def test_every_exception_is_listed_with_the_actions_it_has() -> None:
    told = {
        kind: tuple(WORD.findall(row[2]))
        for row in rows("Exceptions")
        if len(row) == 3
        for kind in WORD.findall(row[0])
    }
    assert told == {kind: ACTIONS[kind] for kind in ExceptionKind}


def test_every_action_is_explained() -> None:
    listed = {word for row in rows("Exceptions") if len(row) == 2 for word in WORD.findall(row[0])}
    assert listed == set(Action)


def test_every_status_policy_and_refund_is_explained() -> None:
    listed = {word for row in rows("What you do in each status") for word in WORD.findall(row[0])}
    assert listed == set(Status)
    assert {WORD.findall(row[0])[0] for row in rows("Late success")} == set(LateSuccess)
    assert [WORD.findall(row[0])[0] for row in rows("Refunds")] == list(RefundKind)
    assert all(f"`{status}`" in PAGE for status in RefundStatus)


def test_every_event_is_in_the_webhook_guide() -> None:
    guide = (DOCS / "webhooks.md").read_text()
    named = set()
    for row in rows("What arrives", guide):
        first, *more = WORD.findall(row[0])
        noun = first.partition(".")[0]
        named |= {first, *(noun + each for each in more)}
    assert named == set(EventType)
