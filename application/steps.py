"""Work in steps, so that one thread can do much of it at once.

What many requests do one after the other finds the processor's caches cold each time. Done in step,
the first step of all and then the second of all, it takes half the time.
"""

from abc import abstractmethod
from collections.abc import Callable, Generator
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class Awaited(Protocol):
    """What a step has begun and the next one waits for."""

    @abstractmethod
    def tell(self, ready: Callable[[], None]) -> None:
        """Call this once, from any thread, as soon as the next step need not wait."""


Steps = Generator[Awaited | None, None, Result]
"""Yields what the next step waits for, or None where others may come along."""


def finished(steps: Steps[Result]) -> Result:
    """What the steps come to, all that are left of them taken at once; raises what they raise."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
