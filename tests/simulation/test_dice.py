"""Chance that can be repeated."""

from datetime import timedelta

from simulation.dice import Dice


def test_a_stream_is_a_function_of_its_numbers() -> None:
    assert [Dice(1, 2).random() for _ in range(3)] == [Dice(1, 2).random()] * 3
    first, second = Dice(7, 1), Dice(7, 1)
    assert [first.random() for _ in range(100)] == [second.random() for _ in range(100)]


def test_streams_of_other_numbers_are_others() -> None:
    starts = {Dice(seed, stream).random() for seed in range(100) for stream in range(100)}
    assert len(starts) == 10_000
    assert Dice(1, 2).random() != Dice(2, 1).random()


def test_throws_lie_where_they_should_and_are_even() -> None:
    dice = Dice(3)
    throws = [dice.random() for _ in range(20_000)]
    assert 0 <= min(throws) < 0.001
    assert 0.999 < max(throws) < 1
    assert abs(sum(throws) / len(throws) - 0.5) < 0.01


def test_what_never_happens_takes_no_throw() -> None:
    dice, other = Dice(5), Dice(5)
    assert not dice.chance(0.0)
    assert dice.random() == other.random()
    assert dice.chance(1.0)


def test_spans_numbers_and_choices_keep_their_bounds() -> None:
    dice = Dice(9)
    spans = [dice.seconds(2, 3) for _ in range(1_000)]
    assert timedelta(seconds=2) <= min(spans) <= max(spans) < timedelta(seconds=3)
    assert {dice.number(6) for _ in range(1_000)} == set(range(6))
    assert {dice.one_of("abc") for _ in range(100)} == set("abc")
