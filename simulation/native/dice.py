"""What `simulation.dice` is in a compiled simulation: the same throws, in a register.

Integers of 64 bits wrap here as the masks of the original have them wrap, so this module is wrong
unless it is compiled.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeVar, final

from mypy_extensions import i64

Item = TypeVar("Item")
_GOLDEN: Final[i64] = 0x9E3779B97F4A7C15 - (1 << 64)
_FIRST: Final[i64] = 0xBF58476D1CE4E5B9 - (1 << 64)
_SECOND: Final[i64] = 0x94D049BB133111EB - (1 << 64)
_SCALE: Final = 1.0 / (1 << 53)


def _mixed(value: i64) -> i64:
    """SplitMix64's finalizer (Steele, Lea, Flood 2014); its shifts fill up with zeros."""
    value = (value ^ ((value >> 30) & 0x3FFFFFFFF)) * _FIRST
    value = (value ^ ((value >> 27) & 0x1FFFFFFFFF)) * _SECOND
    return value ^ ((value >> 31) & 0x1FFFFFFFF)


@final
class Dice:
    """One stream. Streams do not disturb each other: what is left out changes no other's throws."""

    def __init__(self, *stream: int) -> None:
        state: i64 = 0
        for number in stream:
            state = _mixed((state + i64(number) + 1) * _GOLDEN)
        self._state: i64 = state

    def random(self) -> float:
        """A number in [0, 1)."""
        self._state += _GOLDEN
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
