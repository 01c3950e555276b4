"""A changed copy of an immutable value, as `dataclasses.replace` makes it and ten times as fast.

A step of a payment copies it, its attempt and what was asked about it several times over. Calling a
frozen dataclass's constructor costs a checked call for each field; here a copy is filled as a twin
that is not frozen, of the same slots, and only then becomes what it is a copy of. How a kind is
copied is written out field by field the first time, as dataclasses write their constructors.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from dataclasses import fields, make_dataclass

    _COPIERS: dict[type, Any] = {}

    def replace(value, /, **changes):
        """The value with these fields changed; raises TypeError for a field that it has not.

        It knows slotted dataclasses of two fields or more that check nothing when they are made.
        """
        kind = value.__class__
        copy = (_COPIERS.get(kind) or _copier(kind))(value)
        try:
            for name, changed in changes.items():
                setattr(copy, name, changed)
        except AttributeError:
            raise TypeError(f"{kind.__name__} has no field {name}") from None
        copy.__class__ = kind
        return copy

    def _copier(kind):
        """What makes the twin of a value of that kind."""
        names = [field.name for field in fields(kind)]
        assert len(names) > 1, f"{kind.__name__} has too few fields"
        assert set(names) == set(kind.__slots__), f"{kind.__name__} is more than its slots"
        assert not hasattr(kind, "__post_init__"), f"{kind.__name__} is checked when it is made"
        twin = make_dataclass(kind.__name__, names, slots=True, eq=False, repr=False)
        filled = "; ".join(f"copy.{name} = value.{name}" for name in names)
        known = {"new": object.__new__, "twin": twin}
        exec(f"def copier(value): copy = new(twin); {filled}; return copy", known)  # noqa: S102
        _COPIERS[kind] = copier = known["copier"]
        return copier


__all__ = ["replace"]
