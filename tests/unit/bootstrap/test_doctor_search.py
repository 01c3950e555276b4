"""What the doctor says of a search index."""

from datetime import timedelta

import pytest

from adapters.inbound.cli.tools import Verdict
from adapters.outbound.memory.search import MemoryIndex
from adapters.outbound.memory.store import MemoryStore
from bootstrap.doctor_search import MOST_BEHIND, behind
from tests.builders import NOON, a_start

SOON = NOON + MOST_BEHIND
LATE = SOON + timedelta(seconds=1)


@pytest.fixture
def store() -> MemoryStore:
    """A payment that was started at noon is in it."""
    store = MemoryStore(lambda: NOON)
    store.payments.save(a_start())
    return store


def test_it_is_level_once_it_has_every_change(store: MemoryStore) -> None:
    index = MemoryIndex()
    index.present().put([], store.feed.changes("", 10).cursor)
    assert behind(index, store.feed, LATE).verdict is Verdict.GOOD
    assert "level" in behind(index, store.feed, LATE).text


def test_a_change_may_wait_for_a_while(store: MemoryStore) -> None:
    index = MemoryIndex()
    assert behind(index, store.feed, SOON).verdict is Verdict.GOOD
    finding = behind(index, store.feed, LATE)
    assert (finding.verdict, finding.text) == (
        Verdict.WARNING,
        "1 change(s) are not in the index, the oldest for 31 s",
    )


def test_an_index_that_is_away_is_no_fault_of_the_house(store: MemoryStore) -> None:
    index = MemoryIndex()
    index.away = True
    assert behind(index, store.feed, LATE).verdict is Verdict.WARNING
