"""A lane takes no more in a turn than the store writes in a second."""

from datetime import timedelta

from adapters.inbound.dispatcher.turns import FIRST, LONG, SMALLEST, TurnSize

MOST = 256


def sizes(each: timedelta, waiting: int, turns: int) -> list[int]:
    """How many were taken in each turn, where a store takes so long for each of them."""
    size = TurnSize(MOST)
    taken = []
    for _ in range(turns):
        count = min(size.now, waiting)
        taken.append(count)
        size.took(count, each * count)
    return taken


def test_a_quick_store_is_given_as_much_as_there_is() -> None:
    quick = timedelta(microseconds=200)
    assert sizes(quick, 10_000, 5) == [FIRST, 2 * FIRST, 4 * FIRST, MOST, MOST]
    assert sizes(quick, 3, 2) == [3, 3]


def test_a_slow_store_is_given_what_it_writes_in_about_a_second() -> None:
    slow = timedelta(milliseconds=100)
    taken = sizes(slow, 10_000, 20)
    assert max(taken) == FIRST
    assert all(slow * count <= LONG for count in taken[2:])


def test_however_slow_a_store_is_a_few_are_taken() -> None:
    assert sizes(timedelta(seconds=30), 10_000, 9)[-1] == SMALLEST


def test_one_that_was_slow_for_a_while_is_given_more_again() -> None:
    size = TurnSize(MOST)
    for _ in range(9):
        size.took(size.now, LONG * 5)
    for _ in range(9):
        size.took(size.now, LONG / 100)
    assert size.now == MOST
