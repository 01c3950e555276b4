"""How the values of a scenario are read: readers take JSON and raise ValueError with words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from sandbox.behaviour import BEHAVIOURS
from sandbox.durations import parse_duration, written_duration
from sandbox.phones import is_phone

SCENARIO_PHONES = 10_000


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time drawn evenly between two bounds."""

    least: timedelta = timedelta()
    most: timedelta = timedelta()


def written(value: object) -> object:
    """The value as JSON that its reader takes."""
    if isinstance(value, timedelta):
        sign = "-" if value < timedelta() else ""
        return sign + written_duration(abs(value))
    if isinstance(value, Span):
        return {"min": written_duration(value.least), "max": written_duration(value.most)}
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def span(value: object) -> Span:
    """A duration, or `{"min": …, "max": …}`."""
    if value is None:
        return Span()
    if not isinstance(value, dict):
        exact = parse_duration(value)
        return Span(exact, exact)
    if set(value) != {"min", "max"}:
        raise ValueError("a duration, or an object of min and max")
    found = Span(parse_duration(value["min"]), parse_duration(value["max"]))
    if found.least > found.most:
        raise ValueError("min is longer than max")
    return found


def perhaps_duration(value: object) -> timedelta | None:
    """A duration, or null."""
    return None if value is None else parse_duration(value)


def signed_duration(value: object) -> timedelta:
    """A duration that a leading minus makes negative."""
    if isinstance(value, str) and value.strip().startswith("-"):
        return -parse_duration(value.strip()[1:])
    if isinstance(value, int | float) and value < 0:
        return -parse_duration(-value)
    return parse_duration(value)


def rate(value: object) -> float:
    """A probability."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("a number between 0 and 1")
    return float(value)


def whole(least: int, most: int) -> Callable[[object], int]:
    """A reader of whole numbers between the two."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"a whole number between {least} and {most}")
        return value

    return read


def failure_status(value: object) -> int:
    """The HTTP status of an answer that is no success."""
    return 200 if value == 200 else whole(400, 599)(value)


def perhaps_failure_status(value: object) -> int | None:
    """The same, or null."""
    return None if value is None else failure_status(value)


def flag(value: object) -> bool:
    """True or false, and nothing like it."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def one_of(*allowed: str) -> Callable[[object], str]:
    """A reader of one of these words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    return read


def some_of(*allowed: str) -> Callable[[object], tuple[str, ...]]:
    """A reader of a list of these words, each at most once."""

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or any(word not in allowed for word in value):
            raise ValueError(f"a list out of {', '.join(allowed)}")
        if len(set(value)) < len(value):
            raise ValueError("each word at most once")
        return tuple(value)

    return read


behaviour = one_of(*BEHAVIOURS)


def phones(value: object) -> Mapping[str, str]:
    """Phones and their behaviours."""
    if not isinstance(value, dict) or len(value) > SCENARIO_PHONES:
        raise ValueError(f"an object of at most {SCENARIO_PHONES} phones and their behaviours")
    if not all(is_phone(phone) for phone in value):
        raise ValueError("a phone is written 08...")
    return MappingProxyType({phone: behaviour(name) for phone, name in value.items()})
