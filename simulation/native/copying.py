"""What `domain.copying` is in a compiled simulation: plain classes copy themselves."""

import dataclasses
from typing import Any, TypeVar

Value = TypeVar("Value")


def replace(value: Value, /, **changes: Any) -> Value:
    """The value with these fields changed; raises TypeError for a field that it has not."""
    plain: Any = value
    try:
        copy = plain.__copied__()
    except AttributeError:
        other: Value = _otherwise(plain, changes)
        return other
    for name, changed in changes.items():
        setattr(copy, name, changed)
    made: Value = copy
    return made


def _otherwise(plain: Any, changes: dict[str, object]) -> Any:
    """One that is checked when it is made, or was left a dataclass as its fields are asked for."""
    remake = getattr(plain, "__remade__", None)
    return remake(changes) if remake is not None else dataclasses.replace(plain, **changes)


__all__ = ["replace"]
