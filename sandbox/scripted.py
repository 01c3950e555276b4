"""Answers that a scenario puts into the wallet's mouth: any code to any operation."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sandbox.messages import WORDS, Operation
from sandbox.readers import flag, whole

_CODE = re.compile(r"[0-9A-Z]{1,4}", re.ASCII)
_MOST_TIMES = 1_000
_TIMES: Callable[[object], int] = whole(1, _MOST_TIMES)
_OPERATIONS = tuple(WORDS.values())


@dataclass(frozen=True, slots=True)
class Scripted:
    """The code that the next calls of one operation get, also one that is in no list.

    `EMPTY_404` and `GATEWAY_PAGE` stand for answers without a code. The wallet does nothing for
    the message, so a 00 to a reversal moves no money; if it `acts`, only its answer is another.
    """

    code: str
    times: int | None = None  # so many calls; None: until it is changed
    acts: bool = False


Script = Mapping[str, Scripted]
"""By the name of the operation, as an outage names it."""


def read_script(value: object) -> Script:
    """The script in its JSON. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("an object of operations and what they are answered")
    if strange := sorted(str(key)[:40] for key in value if key not in _OPERATIONS):
        raise ValueError(f"operations are {', '.join(_OPERATIONS)}, not {', '.join(strange)}")
    return MappingProxyType({name: _read(entry) for name, entry in value.items()})


def written_script(script: Script) -> dict[str, object]:
    """The script as `read_script` reads it."""
    return {
        name: {"code": entry.code, "times": entry.times, "acts": entry.acts}
        for name, entry in script.items()
    }


def taken(script: Script, operation: Operation) -> tuple[Scripted | None, Script]:
    """What this call is to be answered, None for the truth, and the script for those after it."""
    name = WORDS[operation]
    entry = script.get(name)
    if entry is None or entry.times is None:
        return entry, script
    rest = {other: kept for other, kept in script.items() if other != name}
    if entry.times > 1:
        rest[name] = replace(entry, times=entry.times - 1)
    return entry, MappingProxyType(rest)


def _read(value: object) -> Scripted:
    if not isinstance(value, dict):
        return Scripted(_code(value))
    if strange := sorted(str(key)[:40] for key in set(value) - {"code", "times", "acts"}):
        raise ValueError(f"unknown in an answer: {', '.join(strange)}")
    times = value.get("times")
    return Scripted(
        code=_code(value.get("code")),
        times=None if times is None else _TIMES(times),
        acts=flag(value.get("acts", False)),
    )


def _code(value: object) -> str:
    if not isinstance(value, str) or _CODE.fullmatch(value) is None:
        raise ValueError("a code is 1 to 4 digits or capital letters")
    return value
