"""JSON that nobody meant, for tests that hold for anything at all.

Each comes from one number that hypothesis draws: drawn value by value it would cost ten times as
much, and a body in which nothing but a number can be made smaller is still short enough to read.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Word = Callable[[Random], object]
"""Gives one of the values that a test knows to mean something to the code it tries."""

_NUMBERS = [
    *(0, -1, 1, 0.0, -0.0, 0.1, 1e-320, 1.5e300, 2**31, 2**53 + 1, 2**63, -(2**63), 10**40),
    *(float("nan"), float("inf"), float("-inf")),
]
_LETTERS = "\0\t\n\r \"'\\/{}[]:,.-+0159aAzZé\x7f\x85\xa0\u0660\u200b\u2028\ufeff\uffff\U0001f600"
_DEEPEST = 4
_LONGEST = 12


def some_of(*words: object) -> Word:
    """One of these."""
    return lambda chance: chance.choice(words)


def values(word: Word, names: Sequence[str] = ()) -> st.SearchStrategy[object]:
    """Any value of JSON; objects in it have these names, or any."""
    return _seeded(lambda chance: _value(chance, word, names))


def objects(
    names: Sequence[str], word: Word, *, most: int, inside: Sequence[str] = ()
) -> st.SearchStrategy[dict[str, object]]:
    """At most so many of these fields, each with any value."""

    def made(chance: Random) -> dict[str, object]:
        told = chance.sample(names, chance.randint(0, min(most, len(names))))
        return {name: _value(chance, word, inside) for name in told}

    return _seeded(made)


def _seeded(made: Callable[[Random], T]) -> st.SearchStrategy[T]:
    return st.randoms(use_true_random=True).map(made)


def _value(chance: Random, word: Word, names: Sequence[str], depth: int = 0) -> object:
    match chance.randrange(8 if depth < _DEEPEST else 6):
        case 0 | 1 | 2:
            return word(chance)
        case 3:
            return chance.choice([None, True, False])
        case 4:
            return _number(chance)
        case 5:
            return _text(chance, _LONGEST)
        case 6:
            return [_value(chance, word, names, depth + 1) for _ in range(chance.randrange(4))]
        case _:
            told = [chance.choice(names) if names else _text(chance, 5) for _ in range(3)]
            del told[chance.randrange(4) :]
            return {name: _value(chance, word, names, depth + 1) for name in told}


def _number(chance: Random) -> object:
    match chance.randrange(3):
        case 0:
            return chance.choice(_NUMBERS)
        case 1:
            return chance.randint(-(10**6), 10**6)
        case _:
            return chance.uniform(-1, 1) * 10 ** chance.randint(-9, 30)


def _text(chance: Random, longest: int) -> str:
    letters = [chance.choice(_LETTERS) for _ in range(chance.randint(0, longest))]
    if letters and chance.random() < 0.5:  # any sign there is, without halves of a pair
        sign = chr(chance.randrange(0x110000))
        letters[-1] = sign if not "\ud800" <= sign <= "\udfff" else "x"
    return "".join(letters)
