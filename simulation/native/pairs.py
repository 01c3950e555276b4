"""What `zip(..., strict=True)` judges, where mypyc knows a plain `zip` alone."""

from collections.abc import Sized
from typing import TypeVar

Items = TypeVar("Items", bound=Sized)


def as_long_as(first: Sized, second: Items) -> Items:
    """The second; raises ValueError unless it is as long as the first."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} of the one and {len(second)} of the other")
    return second
