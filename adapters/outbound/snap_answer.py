"""SNAP's JSON, read tolerantly: any bytes give an answer or nothing, never an exception. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.outbound.fields import Fields
from domain.errors import InvalidValue
from domain.money import Money

_CODE = re.compile(r"([1-5][0-9]{2})([0-9]{2})([0-9]{2})", re.ASCII)
_VALUE = re.compile(r"(0|[1-9][0-9]{0,15})(?:\.00?)?", re.ASCII)
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
    """The JSON object that came; it may hold a token or a name, so it never prints itself."""

    fields: Mapping[str, object] = field(repr=False)

    @classmethod
    def parse(cls, body: bytes) -> "SnapAnswer | None":
        """None where this is no JSON object, or one that names a field twice."""
        read = Fields.parse(body)
        return None if read is None else cls(read.found)

    @property
    def code(self) -> Code | None:
        """The response code, from its first seven digits (a sample of the standard has eight)."""
        value = self.fields.get("responseCode")
        found = _CODE.match(value) if isinstance(value, str) and len(value) <= 8 else None
        return Code(*found.groups()) if found else None

    def field(self, name: str) -> object:
        """The top-level field's value; None where it is absent."""
        return Fields(self.fields).get(name)

    def text(self, name: str) -> str | None:
        """A short printable text that every store can hold, if it is one."""
        return Fields(self.fields).text(name)

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
