"""What OVO gives a merchant to sign and fill its requests with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import itemgetter
from typing import cast

from domain.errors import InvalidValue

_SHAPES = {
    "app_id": (re.compile(r"[!-~]{1,64}"), "1 to 64 printable ASCII characters"),
    "app_key": (re.compile(r"[!-~]{1,256}"), "1 to 256 printable ASCII characters"),
    "merchant_id": (re.compile(r"[A-Za-z0-9._-]{1,40}"), "1 to 40 letters, digits or . _ -"),
    "store_code": (re.compile(r"[A-Za-z0-9._-]{1,40}"), "1 to 40 letters, digits or . _ -"),
    "tid": (re.compile(r"[A-Za-z0-9]{1,20}"), "1 to 20 letters or digits"),
    "mid": (re.compile(r"[A-Za-z0-9]{1,30}"), "1 to 30 letters or digits"),
}
_VALUES_OF = itemgetter(*_SHAPES)
"""All of them by one call, or KeyError."""


@dataclass(frozen=True, slots=True, repr=False)
class OvoCredentials:
    """One merchant's set for one mode; never prints itself.

    Typical shapes (from clients in use, not a rule): tid 8 digits, mid 15 characters, app key 64
    hexadecimal digits.
    """

    app_id: str
    app_key: str
    merchant_id: str
    store_code: str
    tid: str
    mid: str

    @classmethod
    def parse(cls, opaque: Mapping[str, str]) -> "OvoCredentials":
        """From an account's opaque credentials; unknown names are ignored.

        Raises InvalidValue naming the field, never repeating its value.
        """
        try:
            return _parsed(_VALUES_OF(opaque))
        except KeyError:  # which one is missing is told there
            return _parsed(tuple(opaque.get(name) for name in _SHAPES))

    def __repr__(self) -> str:
        return f"OvoCredentials({', '.join(f'{field.name}=...' for field in fields(self))})"


@lru_cache(maxsize=64)
def _parsed(values: tuple[str | None, ...]) -> OvoCredentials:
    """The same for every call of an account, and asked for several times in each."""
    for value, (name, (shape, rule)) in zip(values, _SHAPES.items(), strict=True):
        if not isinstance(value, str):
            raise InvalidValue(name, "is missing from the OVO credentials")
        if not shape.fullmatch(value):
            raise InvalidValue(name, f"must be {rule}")
    return OvoCredentials(*cast(tuple[str, ...], values))
