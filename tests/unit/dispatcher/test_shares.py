"""A lane's width is dealt out to whoever is at work: all of it, and no more."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.inbound.dispatcher.shares import Shares, share
from application.ports import Heartbeat

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
names = st.lists(st.text("abcdef", min_size=1, max_size=4), min_size=1, max_size=12, unique=True)


@given(st.integers(0, 100_000), names)
def test_the_parts_make_up_the_width_and_are_even(width: int, workers: list[str]) -> None:
    parts = [share(width, workers, worker) for worker in workers]
    assert sum(parts) == width
    assert max(parts) - min(parts) <= 1


@given(st.integers(0, 100_000), names)
def test_the_order_in_which_they_are_told_changes_nothing(width: int, workers: list[str]) -> None:
    turned = workers[::-1]
    for worker in workers:
        assert share(width, turned, worker) == share(width, workers, worker)


def test_who_is_not_among_them_has_no_part() -> None:
    assert share(100, ["a", "b"], "c") == 0
    assert share(100, [], "c") == 0


def test_a_worker_has_everything_until_it_hears_of_others() -> None:
    shares = Shares("w1")
    assert shares.of(101) == 101
    shares.heard([Heartbeat("w1", NOON, None), Heartbeat("w2", NOON, None)])
    assert shares.of(101) == 51
    shares.heard([Heartbeat("w1", NOON, None)])
    assert shares.of(101) == 101


def test_who_starts_nothing_leaves_its_part_to_the_others() -> None:
    for worker, part in (("w1", 100), ("w2", 0)):
        shares = Shares(worker)
        shares.heard([Heartbeat("w1", NOON, None), Heartbeat("w2", NOON, "the clock is off")])
        assert shares.of(100) == part


def test_no_more_is_taken_than_fits_into_the_process() -> None:
    shares = Shares("w1")
    width = shares.at_most(10_000, 300)
    assert width() == 300
    shares.heard([Heartbeat(f"w{number}", NOON, None) for number in range(1, 101)])
    assert width() == 100
    assert shares.at_most(256)() in {2, 3}
