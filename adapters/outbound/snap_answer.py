"""SNAP's JSON, read tolerantly: any bytes give an answer or nothing, never an exception. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import InvalidValue
from domain.money import Money

_CODE = re.compile(r"([1-5][0-9]{2})([0-9]{2})([0-9]{2})", re.ASCII)
_VALUE = re.compile(r"(0|[1-9][0-9]{0,15})(?:\.00?)?", re.ASCII)
_LONGEST_TEXT = 150
"""Of a message, by the standard."""
CURRENCY = "IDR"


@dataclass(frozen=True, slots=True)
class Code:
    """A response code: HTTP status, service (what was asked) and case. Source: SNAP's table."""

    status: str
    service: str
    case: str

    def __str__(self) -> str:
        return self.status + self.service + self.case

    @property
    def kind(self) -> str:
        """Status and case, as the standard's table has them: "403 14"."""
        return f"{self.status} {self.case}"


@dataclass(frozen=True, slots=True)
class SnapAnswer:
    """The JSON object that came, every number of it still as its text; null and blank are absent.

    It may hold a token or a name: it never prints itself.
    """

    fields: Mapping[str, object]

    @classmethod
    def parse(cls, body: bytes) -> "SnapAnswer | None":
        """None where this is no JSON object, or one that names a field twice."""
        try:
            parsed = _READER.decode(body.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None
        return cls(parsed) if isinstance(parsed, dict) else None

    def __repr__(self) -> str:
        return "SnapAnswer(...)"

    @property
    def code(self) -> Code | None:
        """The response code, from its first seven digits (a sample of the standard has eight)."""
        value = self.fields.get("responseCode")
        found = _CODE.match(value) if isinstance(value, str) and len(value) <= 8 else None
        return Code(*found.groups()) if found else None

    def field(self, name: str) -> object:
        """The top-level field's value; None where it is absent."""
        value = self.fields.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def text(self, name: str) -> str | None:
        """A short printable text that every store can hold, if it is one."""
        value = self.field(name)
        if not isinstance(value, str):
            return None
        short = "".join(sign for sign in value[:_LONGEST_TEXT] if sign.isprintable())
        return short.strip() or None

    def rupiah(self, name: str) -> int | None:
        """The whole rupiah of an amount; None where there is none, or another currency."""
        return rupiah_of(self.field(name))


def rupiah_of(amount: object) -> int | None:
    """The whole rupiah of `{"value": "10000.00", "currency": "IDR"}`; None for anything else.

    Cents that are not zero are no rupiah of ours: an amount that has them differs from every one.
    """
    if not isinstance(amount, dict) or amount.get("currency") != CURRENCY:
        return None
    value = amount.get("value")
    found = _VALUE.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def amount_of(money: Money) -> dict[str, str]:
    """As SNAP writes it: a text with exactly two decimals. Raises InvalidValue past 16 digits."""
    if money.rupiah >= 10**16:
        raise InvalidValue("amount", "is more than SNAP can write")
    return {"value": f"{money.rupiah}.00", "currency": CURRENCY}


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is named twice")
    return fields


_READER = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_once)
