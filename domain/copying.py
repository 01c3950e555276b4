"""Immutable values made and copied as fast as plain ones.

A step of a payment copies it, its attempt and what was asked about it several times over, and a
frozen dataclass's constructor costs a checked call for each field. Here a value is filled as a twin
that is not frozen, of the same slots, and only then becomes what it is. How a kind is filled is
written out field by field once, as dataclasses write their constructors.
"""

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import replace

    Kind = TypeVar("Kind", bound=type)

    def quick(kind: Kind) -> Kind:
        """The frozen, slotted dataclass with a constructor that fills a twin of it."""
        return kind
else:
    from dataclasses import MISSING, fields, make_dataclass

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

    def quick(kind):
        """The frozen, slotted dataclass with a constructor that fills a twin of it."""
        slow, known = kind.__init__, {"KIND": kind, "TWIN": _twin(kind), "PUT": object.__setattr__}
        taken, filled = ["self"], []
        for field in fields(kind):
            name = field.name
            assert field.init
            assert not field.kw_only, f"{kind.__name__}.{name} must be a positional field"
            known[f"DEFAULT_{name}"] = field.default
            if field.default_factory is not MISSING:
                known[f"MAKE_{name}"] = field.default_factory
                made = f"MAKE_{name}() if {name} is DEFAULT_{name} else {name}"
                filled.append(f"self.{name} = {made}")
            else:
                filled.append(f"self.{name} = {name}")
            given = field.default is MISSING and field.default_factory is MISSING
            taken.append(name if given else f"{name}=DEFAULT_{name}")
        checked = "; self.__post_init__()" if hasattr(kind, "__post_init__") else ""
        body = f"PUT(self, '__class__', TWIN); {'; '.join(filled)}; self.__class__ = KIND{checked}"
        exec(f"def __init__({', '.join(taken)}): {body}", known)  # noqa: S102
        kind.__init__ = known["__init__"]
        kind.__init__.__annotations__ = slow.__annotations__
        kind.__init__.__qualname__ = slow.__qualname__
        return kind

    def _copier(kind):
        """What makes the unfrozen copy of a value of that kind."""
        names = [field.name for field in fields(kind)]
        assert len(names) > 1, f"{kind.__name__} has too few fields"
        assert not hasattr(kind, "__post_init__"), f"{kind.__name__} is checked when it is made"
        filled = "; ".join(f"copy.{name} = value.{name}" for name in names)
        known = {"new": object.__new__, "twin": _twin(kind)}
        exec(f"def copier(value): copy = new(twin); {filled}; return copy", known)  # noqa: S102
        _COPIERS[kind] = copier = known["copier"]
        return copier

    def _twin(kind):
        """A class of the same slots whose fields can be set."""
        names = [field.name for field in fields(kind)]
        assert kind.__bases__ == (object,), f"{kind.__name__} is of another kind too"
        assert set(names) == set(kind.__slots__), f"{kind.__name__} is more than its slots"
        return make_dataclass(kind.__name__, names, slots=True, eq=False, repr=False)


__all__ = ["quick", "replace"]
