"""What `domain.copying` is in a compiled simulation: plain classes copy themselves."""

import dataclasses
from typing import Any, TypeVar

Value = TypeVar("Value")


def replace(value: Value, /, **changes: Any) -> Value:
    """The value with these fields changed; raises TypeError for a field that it has not."""
    plain: Any = value
    try:
        copy = plain.__copied__()
    except AttributeError:  # left a dataclass, because something asks for its fields
        unchanged: Value = dataclasses.replace(plain, **changes)
        return unchanged
    for name, changed in changes.items():
        setattr(copy, name, changed)
    made: Value = copy
    return made


__all__ = ["replace"]
