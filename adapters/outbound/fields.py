"""A provider's JSON, read tolerantly: any bytes give Fields or nothing, never an exception."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_ITEMS = 200
"""Of a list, so many items are looked at."""
_LONGEST_TEXT = 100
_NUMBER = re.compile(r"([0-9]{1,18})(?:\.0{1,6})?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object, every number of it still as its text.

    Gateways send the same field now as a number, now as a string, so the two are read alike; null
    and blank count as absent; unknown fields are ignored.
    """

    found: Mapping[str, object]

    @classmethod
    def parse(cls, body: bytes) -> "Fields | None":
        """None where this is no JSON object, or one that names a field twice."""
        parsed = _parsed(body)
        return cls(parsed) if isinstance(parsed, dict) else None

    @classmethod
    def parse_list(cls, body: bytes) -> "Sequence[Fields] | None":
        """The objects of a JSON list, bare or as the `data` of an object; None where it is none."""
        parsed = _parsed(body)
        if isinstance(parsed, dict):
            parsed = parsed.get("data")
        return _objects(parsed) if isinstance(parsed, list) else None

    def get(self, name: str) -> object:
        """The field's value as it came; None where it is absent."""
        value = self.found.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def text(self, name: str) -> str | None:
        """A short printable text that every store can hold, if it is one."""
        value = self.get(name)
        if not isinstance(value, str):
            return None
        return "".join(sign for sign in value[:_LONGEST_TEXT] if sign.isprintable()).strip() or None

    def word(self, name: str) -> str | None:
        """A code or id of letters, digits and `_ . -`; None where it is anything else."""
        value = self.get(name)
        return value if isinstance(value, str) and _WORD.fullmatch(value) else None

    def whole(self, name: str) -> int | None:
        """The whole number that `30000`, `"30000"` or `"30000.00"` stands for, if it is one."""
        value = self.get(name)
        match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        return int(match[1]) if match else None

    def inner(self, name: str) -> "Fields":
        """The object of that name; an empty one where there is none."""
        value = self.found.get(name)
        return Fields(value if isinstance(value, dict) else {})

    def items(self, name: str) -> "Sequence[Fields]":
        """The objects of the list of that name; none where it is no list."""
        value = self.found.get(name)
        return _objects(value) if isinstance(value, list) else ()


def _objects(items: Sequence[object]) -> Sequence[Fields]:
    return tuple(Fields(item) for item in items[:MOST_ITEMS] if isinstance(item, dict))


def _parsed(body: bytes) -> object:
    try:
        return _READER.decode(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is named twice")
    return fields


_READER = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_once)
