"""A changed copy of an immutable value, as `dataclasses.replace` makes it and ten times as fast.

A step of a payment copies it, its attempt and what was asked about it several times over. Calling a
frozen dataclass's constructor costs a checked call for each field; here a copy is filled as a twin
that is not frozen, of the same slots, and only then becomes what it is a copy of.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from dataclasses import fields, make_dataclass
    from operator import attrgetter

    _TWINS: dict[type, Any] = {}

    def replace(value, /, **changes):
        """The value with these fields changed; raises TypeError for a field that it has not.

        It knows slotted dataclasses of two fields or more that check nothing when they are made.
        """
        kind = value.__class__
        read, twin = _TWINS.get(kind) or _twin(kind)
        copy = twin(*read(value))
        try:
            for name, changed in changes.items():
                setattr(copy, name, changed)
        except AttributeError:
            raise TypeError(f"{kind.__name__} has no field {name}") from None
        copy.__class__ = kind
        return copy

    def _twin(kind):
        names = [field.name for field in fields(kind)]
        assert len(names) > 1, f"{kind.__name__} has too few fields"
        assert set(names) == set(kind.__slots__), f"{kind.__name__} is more than its slots"
        assert not hasattr(kind, "__post_init__"), f"{kind.__name__} is checked when it is made"
        twin = make_dataclass(kind.__name__, names, slots=True, eq=False, repr=False)
        _TWINS[kind] = found = (attrgetter(*names), twin)
        return found


__all__ = ["replace"]
