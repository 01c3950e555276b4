"""What DOKU gives a merchant to sign its requests with, and to know its notifications by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import InvalidValue

_SHAPES = {
    "client_id": (
        re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII),
        "1 to 64 letters, digits or . _ -",
    ),
    "secret_key": (re.compile(r"[!-~]{1,128}", re.ASCII), "1 to 128 printable ASCII characters"),
}


@dataclass(frozen=True, slots=True)
class DokuCredentials:
    """One merchant's pair for one mode; never prints the secret."""

    client_id: str
    secret_key: str = field(repr=False)

    @classmethod
    def parse(cls, opaque: Mapping[str, str]) -> "DokuCredentials":
        """From an account's opaque credentials; unknown names are ignored.

        Raises InvalidValue naming the field, never repeating its value.
        """
        for name, (shape, rule) in _SHAPES.items():
            value = opaque.get(name)
            if not isinstance(value, str):
                raise InvalidValue(name, "is missing from the DOKU credentials")
            if not shape.fullmatch(value):
                raise InvalidValue(name, f"must be {rule}")
        return cls(opaque["client_id"], opaque["secret_key"])
