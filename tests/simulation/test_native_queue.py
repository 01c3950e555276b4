"""The compiled simulation's queues are those of the memory's stores."""

import datetime as original

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outbound.memory.queue import Queue
from simulation.native import queue, times
from simulation.native.pairs import as_long_as

START = original.datetime(2026, 1, 1, tzinfo=original.UTC)
OUR_START = times.datetime(2026, 1, 1, tzinfo=times.UTC)
PUTS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.none() | st.integers(0, 6)), max_size=60)


def theirs(seconds: int) -> original.datetime:
    return START + original.timedelta(seconds=seconds)


def ours(seconds: int) -> times.datetime:
    return OUR_START + times.timedelta(seconds=seconds)


@given(PUTS, st.integers(-1, 7), st.integers(0, 9))
def test_both_queues_keep_the_same_order(
    puts: list[tuple[str, int | None]], at: int, limit: int
) -> None:
    mine, their = queue.Queue(), Queue()
    for name, due in puts:
        mine.put(name, None if due is None else ours(due))
        their.put(name, None if due is None else theirs(due))
        first, their_first = mine.first_at(), their.first_at()
        assert (first and first - OUR_START) == (their_first and ours_of(their_first))
    assert list(mine.names()) == list(their.names())
    assert list(mine.oldest(ours(at), limit)) == list(their.oldest(theirs(at), limit))
    assert list(mine.newest(ours(at), limit)) == list(their.newest(theirs(at), limit))


def ours_of(moment: original.datetime) -> times.timedelta:
    return times.timedelta(seconds=(moment - START).total_seconds())


def test_pairs_are_of_the_same_length() -> None:
    assert as_long_as([1], ["a"]) == ["a"]
    with pytest.raises(ValueError, match="1 of the one and 2 of the other"):
        as_long_as([1], ["a", "b"])
