"""What Midtrans gives a merchant to ask with, and to know its notifications by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import InvalidValue

_KEY = re.compile(r"[!-~]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MidtransCredentials:
    """One merchant's server key for one mode; never prints it."""

    server_key: str = field(repr=False)

    @classmethod
    def parse(cls, opaque: Mapping[str, str]) -> "MidtransCredentials":
        """From an account's opaque credentials; unknown names are ignored.

        Raises InvalidValue naming the field, never repeating its value.
        """
        key = opaque.get("server_key")
        if not isinstance(key, str):
            raise InvalidValue("server_key", "is missing from the Midtrans credentials")
        # A colon would end the user name of Basic authentication.
        if not _KEY.fullmatch(key) or ":" in key:
            raise InvalidValue("server_key", "must be 1 to 128 printable ASCII characters, no :")
        return cls(key)
