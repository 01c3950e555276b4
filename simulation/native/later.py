"""What `functools.partial` is in a compiled simulation: a call that is made later.

Python's makes room for names of arguments that nobody gives. Each of these bears as many arguments
as its name says, and is given one more at most when it is called.
"""

from typing import Any, Final, final

_NOTHING: Final[Any] = object()


@final
class Later1:
    """A call with one argument."""

    def __init__(self, what: Any, first: Any) -> None:
        self.what = what
        self.first = first

    def __call__(self, last: Any = _NOTHING) -> Any:
        if last is _NOTHING:
            return self.what(self.first)
        return self.what(self.first, last)


@final
class Later2:
    """A call with two."""

    def __init__(self, what: Any, first: Any, second: Any) -> None:
        self.what = what
        self.first = first
        self.second = second

    def __call__(self, last: Any = _NOTHING) -> Any:
        if last is _NOTHING:
            return self.what(self.first, self.second)
        return self.what(self.first, self.second, last)


@final
class Later3:
    """A call with three."""

    def __init__(self, what: Any, first: Any, second: Any, third: Any) -> None:
        self.what = what
        self.first = first
        self.second = second
        self.third = third

    def __call__(self, last: Any = _NOTHING) -> Any:
        if last is _NOTHING:
            return self.what(self.first, self.second, self.third)
        return self.what(self.first, self.second, self.third, last)


@final
class Later4:
    """A call with four."""

    def __init__(self, what: Any, first: Any, second: Any, third: Any, fourth: Any) -> None:
        self.what = what
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth

    def __call__(self, last: Any = _NOTHING) -> Any:
        if last is _NOTHING:
            return self.what(self.first, self.second, self.third, self.fourth)
        return self.what(self.first, self.second, self.third, self.fourth, last)
