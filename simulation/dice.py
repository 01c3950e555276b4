"""Chance that can be repeated: every stream of throws is a function of the seed and its name."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar, final

Item = TypeVar("Item")
_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_SCALE = 1.0 / (1 << 53)


def _mixed(value: int) -> int:
    """SplitMix64's finalizer (Steele, Lea, Flood 2014)."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)


@final
class Dice:
    """One stream. Streams do not disturb each other: what is left out changes no other's throws."""

    __slots__ = ("_state",)

    def __init__(self, *stream: int) -> None:
        state = 0
        for number in stream:
            state = _mixed((state + number + 1) * _GOLDEN & _MASK)
        self._state = state

    def random(self) -> float:
        """A number in [0, 1)."""
        self._state = value = (self._state + _GOLDEN) & _MASK  # _mixed, written out: it is hot
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
        return ((value ^ (value >> 31)) >> 11) * _SCALE

    def chance(self, rate: float) -> bool:
        """Whether a thing of this probability happens."""
        if rate <= 0:
            return False
        self._state = value = (self._state + _GOLDEN) & _MASK  # random(), written out: it is hot
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
        return ((value ^ (value >> 31)) >> 11) * _SCALE < rate

    def seconds(self, least: float, most: float) -> timedelta:
        """A span between the two, evenly."""
        return timedelta(seconds=least + (most - least) * self.random())

    def number(self, below: int) -> int:
        """A whole number from 0."""
        return int(self.random() * below)

    def one_of(self, items: Sequence[Item]) -> Item:
        """One of them, evenly."""
        return items[self.number(len(items))]
