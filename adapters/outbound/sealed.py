"""What the forms of all records share: what a seal is bound to, and JSON as bytes and back."""

from collections.abc import Callable
from typing import TypeVar

import orjson

from adapters.outbound.keyring import Unreadable
from adapters.outbound.plain import Plain
from domain.errors import InvalidValue

FORMAT = 3
"""The form written now; what was written by a newer Lunas is refused, not guessed at."""
Record = TypeVar("Record")


def context_of(kind: str, record_id: str) -> str:
    """What a sealed field is bound to: moved to another record, it does not open."""
    return f"{kind} {record_id} personal"


def dump(what: str, value: object) -> bytes:
    """The value as JSON; raises InvalidValue, naming what it is, if it is no valid text."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as problem:
        raise InvalidValue(what, f"cannot be stored: {problem}") from None


def load(what: str, data: bytes, read: Callable[[Plain], Record]) -> Record:
    """The record that was dumped; raises Unreadable if it was altered, or is of a newer Lunas."""
    try:
        plain = orjson.loads(data)
        newer = plain["v"] > FORMAT
        if not newer:
            return read(plain)
    except (ValueError, KeyError, TypeError, IndexError) as problem:
        raise Unreadable(f"a {what} was altered: {type(problem).__name__}") from None
    raise Unreadable(f"a {what} was written by a newer Lunas; this one cannot read it")
