"""What a scenario does to the answers of a provider, by operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sandbox.readers import flag, one_of, whole

_MOST_TIMES = 1_000
_TIMES: Callable[[object], int] = whole(1, _MOST_TIMES)
_STATUS: Callable[[object], int] = whole(200, 599)
_HOW = one_of("lost", "late", "twice", "502", "unheard", "hang", "instead")


@dataclass(frozen=True, slots=True)
class Accident:
    """What the next calls of one operation meet.

    `lost`, `late`, `twice` and `502` are acted on and answered badly; `unheard` is cut and `hang`
    is held without being acted on; `instead` is another answer, acted on or not.
    """

    how: str
    times: int | None = None  # so many calls; None: until it is changed
    status: int = 200
    body: object = None
    acts: bool = False


Accidents = Mapping[str, Accident]
NO_ACCIDENTS: Accidents = MappingProxyType({})


def reader_of(*operations: str) -> Callable[[object], Accidents]:
    """A reader of the accidents of these operations, in their JSON. It raises ValueError."""

    def read(value: object) -> Accidents:
        if not isinstance(value, dict):
            raise ValueError("an object of operations and what happens to their answers")
        if strange := sorted(str(key)[:40] for key in value if key not in operations):
            raise ValueError(f"operations are {', '.join(operations)}, not {', '.join(strange)}")
        return MappingProxyType({name: _read(entry) for name, entry in value.items()})

    return read


def written_accidents(accidents: Accidents) -> dict[str, object]:
    """The accidents as their reader reads them."""
    return {name: _written(entry) for name, entry in accidents.items()}


def taken(accidents: Accidents, operation: str) -> tuple[Accident | None, Accidents]:
    """What this call meets, and the accidents of those after it."""
    entry = accidents.get(operation)
    if entry is None or entry.times is None:
        return entry, accidents
    rest = {name: kept for name, kept in accidents.items() if name != operation}
    if entry.times > 1:
        rest[operation] = replace(entry, times=entry.times - 1)
    return entry, MappingProxyType(rest)


def _read(value: object) -> Accident:
    if not isinstance(value, dict):
        value = {"how": value}
    known = {"how", "times", "status", "body", "acts"}
    if strange := sorted(str(key)[:40] for key in set(value) - known):
        raise ValueError(f"unknown in an accident: {', '.join(strange)}")
    how = _HOW(value.get("how"))
    if how != "instead" and set(value) & {"status", "body", "acts"}:
        raise ValueError("status, body and acts go with how: instead")
    times = value.get("times")
    return Accident(
        how=how,
        times=None if times is None else _TIMES(times),
        status=_STATUS(value.get("status", 200)),
        body=value.get("body"),
        acts=flag(value.get("acts", False)),
    )


def _written(entry: Accident) -> dict[str, object]:
    plain: dict[str, object] = {"how": entry.how, "times": entry.times}
    if entry.how == "instead":
        plain |= {"status": entry.status, "body": entry.body, "acts": entry.acts}
    return plain
