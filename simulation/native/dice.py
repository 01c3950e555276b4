"""What `simulation.dice` is in a compiled simulation: the same throws, in a register.

Integers of 64 bits wrap here as the masks of the original have them wrap, so this module is wrong
unless it is compiled.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeVar, final

from mypy_extensions import i64

Item = TypeVar("Item")
# Each number of 64 bits is written as its two halves: mypyc keeps a whole one as an object.
_HALF: Final = 1 << 32
_GOLDEN_HIGH: Final = 0x9E3779B9 - _HALF
_GOLDEN_LOW: Final = 0x7F4A7C15
_FIRST_HIGH: Final = 0xBF58476D - _HALF
_FIRST_LOW: Final = 0x1CE4E5B9
_SECOND_HIGH: Final = 0x94D049BB - _HALF
_SECOND_LOW: Final = 0x133111EB
_SCALE: Final = 1.0 / (1 << 53)


def _whole(high: i64, low: i64) -> i64:
    return high * _HALF + low


def _mixed(value: i64) -> i64:
    """SplitMix64's finalizer (Steele, Lea, Flood 2014); its shifts fill up with zeros."""
    value = (value ^ ((value >> 30) & 0x3FFFFFFFF)) * _whole(_FIRST_HIGH, _FIRST_LOW)
    value = (value ^ ((value >> 27) & 0x1FFFFFFFFF)) * _whole(_SECOND_HIGH, _SECOND_LOW)
    return value ^ ((value >> 31) & 0x1FFFFFFFF)


@final
class Dice:
    """One stream. Streams do not disturb each other: what is left out changes no other's throws."""

    def __init__(self, *stream: int) -> None:
        state: i64 = 0
        for number in stream:
            state = _mixed((state + i64(number) + 1) * _whole(_GOLDEN_HIGH, _GOLDEN_LOW))
        self._state: i64 = state

    def random(self) -> float:
        """A number in [0, 1)."""
        self._state += _whole(_GOLDEN_HIGH, _GOLDEN_LOW)
        throw: int = (_mixed(self._state) >> 11) & 0x1FFFFFFFFFFFFF
        return float(throw) * _SCALE

    def chance(self, rate: float) -> bool:
        """Whether a thing of this probability happens."""
        return rate > 0 and self.random() < rate

    def seconds(self, least: float, most: float) -> timedelta:
        """A span between the two, evenly."""
        return timedelta(seconds=least + (most - least) * self.random())

    def number(self, below: int) -> int:
        """A whole number from 0."""
        return int(self.random() * below)

    def one_of(self, items: Sequence[Item]) -> Item:
        """One of them, evenly."""
        return items[self.number(len(items))]
