"""The compiled simulation's moments and spans answer as the ones they stand for."""
# ruff: noqa: DTZ001, DTZ901  moments without a zone are compared too

import datetime as original
import operator
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.native import times
from simulation.native.timeline import Timeline as FastTimeline
from simulation.timeline import Timeline

WIB = original.timezone(original.timedelta(hours=7), "WIB")
OUR_WIB = times.timezone(times.timedelta(hours=7), "WIB")
SPANS = st.integers(-(10**15), 10**15)
MOMENTS = st.datetimes(original.datetime(1900, 1, 1), original.datetime(2200, 1, 1))
"""Without a zone."""


def ours(us: int) -> times.timedelta:
    return times.timedelta(microseconds=us)


def theirs(us: int) -> original.timedelta:
    return original.timedelta(microseconds=us)


def moment(plain: original.datetime, zone: times.timezone = times.UTC) -> times.datetime:
    return times.datetime(
        plain.year, plain.month, plain.day, plain.hour, plain.minute, plain.second,
        plain.microsecond, zone,
    )  # fmt: skip


UNITS = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours")


@given(
    st.dictionaries(
        st.sampled_from(UNITS),
        st.integers(-(10**4), 10**4) | st.floats(-1e4, 1e4, allow_nan=False),
    )
)
def test_a_span_is_rounded_as_theirs(parts: dict[str, Any]) -> None:
    assert repr(times.timedelta(**parts)) == repr(original.timedelta(**parts))


@pytest.mark.parametrize("us", [0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994])
@pytest.mark.parametrize("seconds", [0, 1, 1e-6, 3e-6])
def test_halves_are_rounded_to_the_even(us: float, seconds: float) -> None:
    mine = times.timedelta(seconds=seconds, microseconds=us)
    assert str(mine) == str(original.timedelta(seconds=seconds, microseconds=us))


@given(SPANS, SPANS)
def test_spans_are_compared_and_added_as_theirs(one: int, other: int) -> None:
    for act in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert act(ours(one), ours(other)) == act(theirs(one), theirs(other))
    for sum_of in (operator.add, operator.sub):
        assert repr(sum_of(ours(one), ours(other))) == repr(sum_of(theirs(one), theirs(other)))
    assert repr(-ours(one)) == repr(-theirs(one))
    assert repr(abs(ours(one))) == repr(abs(theirs(one)))
    assert bool(ours(one)) == bool(theirs(one))
    assert ours(one).days == theirs(one).days
    assert ours(one).total_seconds() == theirs(one).total_seconds()
    assert (hash(ours(one)) == hash(ours(other))) == (one == other)
    if other:
        assert ours(one) / ours(other) == theirs(one) / theirs(other)
        assert ours(one) // ours(other) == theirs(one) // theirs(other)


@given(SPANS, st.integers(-9, 9) | st.floats(-9, 9, allow_nan=False))
def test_spans_are_multiplied_and_divided_as_theirs(us: int, times_: float) -> None:
    assert repr(ours(us) * times_) == repr(theirs(us) * times_)
    assert repr(times_ * ours(us)) == repr(times_ * theirs(us))
    if times_ and abs(times_) > 1e-3:
        assert repr(ours(us) / times_) == repr(theirs(us) / times_)


@given(MOMENTS, MOMENTS, SPANS)
def test_moments_are_compared_and_moved_as_theirs(
    one: original.datetime, other: original.datetime, us: int
) -> None:
    mine, their = moment(one), one.replace(tzinfo=original.UTC)
    my_other, their_other = moment(other, OUR_WIB), other.replace(tzinfo=WIB)
    for act in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        assert act(mine, my_other) == act(their, their_other)
    assert repr(mine - my_other) == repr(their - their_other)
    assert repr(mine + ours(us)) == repr(their + theirs(us))
    assert repr(mine - ours(us)) == repr(their - theirs(us))
    assert (hash(mine) == hash(my_other)) == (their == their_other)


@given(MOMENTS)
def test_moments_are_told_as_theirs(plain: original.datetime) -> None:
    mine = moment(plain).astimezone(OUR_WIB)
    their = plain.replace(tzinfo=original.UTC).astimezone(WIB)
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    assert [getattr(mine, p) for p in parts] == [getattr(their, p) for p in parts]
    assert mine.date() == their.date()
    assert mine.time() == their.time()
    assert mine.strftime("%d %H:%M %Z") == f"{mine:%d %H:%M %Z}" == f"{their:%d %H:%M %Z}"
    assert mine.timestamp() == their.timestamp()
    assert mine.isoformat(" ", "milliseconds") == their.isoformat(" ", "milliseconds")
    assert mine.isoformat() == their.isoformat()
    assert str(mine) == str(their)
    assert repr(mine) == repr(their)
    assert repr(mine.replace(microsecond=0)) == repr(their.replace(microsecond=0))
    assert repr(mine.replace(tzinfo=times.UTC)) == repr(their.replace(tzinfo=original.UTC))


@given(MOMENTS, st.times().map(lambda hour: hour.replace(fold=0)))
def test_moments_are_made_as_theirs(plain: original.datetime, hour: original.time) -> None:
    written = plain.isoformat(" ")
    assert str(times.datetime.fromisoformat(written)) == written
    assert str(times.datetime.strptime(written[:19], "%Y-%m-%d %H:%M:%S")) == written[:19]
    far = plain.replace(tzinfo=WIB)
    assert repr(times.datetime.fromisoformat(str(far))) == repr(far.astimezone(original.UTC))
    combined = times.datetime.combine(plain.date(), hour, OUR_WIB)
    assert repr(combined) == repr(original.datetime.combine(plain.date(), hour, WIB))
    assert str(times.datetime.max) == str(original.datetime.max)


@given(MOMENTS)
def test_a_moment_of_the_wallet_is_read_as_theirs(plain: original.datetime) -> None:
    written = plain.isoformat(" ", "milliseconds")
    assert str(times.datetime.fromisoformat(written)) == str(
        original.datetime.fromisoformat(written)
    )


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30 09:00:00.000", "2026-02-28 24:00:00.000", "2026-02-28 09:60:00.000",
        "2026-02-28 09:00:60.000", "2026-02-28 09:00:00.00x", "2026-2-028 09:00:00.000",
        "2026-02-28T09:00:00.001", "2026-02-28 09:00:00,000", "2026-02-28 09-00:00.000",
        "20260228  09:00:00.0000", "2026-02-28 09:00:00\u0660000",
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_read_as_theirs(written: str) -> None:
    try:
        read: object = str(original.datetime.fromisoformat(written))
    except ValueError:
        read = None
    try:
        mine: object = str(times.datetime.fromisoformat(written))
    except ValueError:
        mine = None
    assert mine == read


@pytest.mark.parametrize("make", [
    lambda: times.datetime(2026, 2, 30), lambda: times.datetime.fromisoformat("2026-02-30"),
    lambda: times.datetime(0, 1, 1),
])  # fmt: skip
def test_there_is_no_such_day(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"day|year"):
        make()


def test_times_travel_between_processes() -> None:
    for thing in (ours(-7), moment(original.datetime(2026, 11, 27, 9, 0, 0, 3))):
        back: Any = pickle.loads(pickle.dumps(thing))
        assert repr(back) == repr(thing)


@given(st.lists(st.integers(0, 20), max_size=40), st.lists(st.integers(0, 25), max_size=40))
def test_both_timelines_keep_the_same_order(puts: list[int], takes: list[int]) -> None:
    """Equal times in the order in which they were set, whatever is taken in between."""
    ours_, theirs_ = FastTimeline(), Timeline()
    start, their_start = moment(original.datetime(2026, 1, 1)), original.datetime(2026, 1, 1)
    order: list[tuple[object, object]] = []

    def nothing() -> None:
        raise AssertionError

    for turn in range(max(len(puts), len(takes))):
        if turn < len(puts):
            ours_.set(start + ours(puts[turn]), nothing)
            theirs_.set(their_start + theirs(puts[turn]), nothing)
        if turn < len(takes):
            mine = ours_.take(start + ours(takes[turn]))
            their = theirs_.take(their_start + theirs(takes[turn]))
            order.append((mine and mine.when - start, their and their.when - their_start))
    assert all(repr(mine) == repr(their) for mine, their in order)


def test_a_step_is_called_off_once() -> None:
    for timeline, when in (
        (FastTimeline(), moment(original.datetime(2026, 1, 1))),
        (Timeline(), original.datetime(2026, 1, 1)),
    ):
        step = timeline.set(when, list)  # type: ignore[arg-type]  # each by its own times
        assert step.call_off()
        assert not step.call_off()
        taken = timeline.take(when)  # type: ignore[arg-type]  # each by its own times
        assert taken is step
        assert taken.what is None
