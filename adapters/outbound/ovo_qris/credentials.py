"""What OVO gives a merchant to have QR codes made and to sign for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from adapters.outbound.snap import SigningKey
from domain.errors import InvalidValue

_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SECRET = re.compile(r"[!-~]{8,256}", re.ASCII)
_SHAPES = {
    "client_id": (_WORD, "1 to 64 letters, digits or . _ -"),
    "client_secret": (_SECRET, "8 to 256 printable ASCII characters"),
    "merchant_id": (_WORD, "1 to 64 letters, digits or . _ -"),
    "terminal_id": (re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII), "1 to 16 letters or digits"),
    "channel_id": (re.compile(r"[A-Za-z0-9]{1,5}", re.ASCII), "1 to 5 letters or digits"),
}
_NEXT = "client_secret_next"


@dataclass(frozen=True, slots=True, repr=False)
class QrisCredentials:
    """One merchant's set for one mode; never prints itself.

    `secrets` and `keys` hold the present one and, while OVO knows two, the next one.
    """

    client_id: str
    merchant_id: str
    terminal_id: str
    channel_id: str
    secrets: tuple[str, ...]
    keys: tuple[SigningKey, ...]

    @classmethod
    def parse(cls, opaque: Mapping[str, str]) -> "QrisCredentials":
        """From an account's opaque credentials; unknown names are ignored.

        `client_secret_next` and `private_key_next` may be missing. Raises InvalidValue naming the
        field, never repeating its value.
        """
        names = (*_SHAPES, _NEXT, "private_key", "private_key_next")
        return _parsed(tuple((name, opaque.get(name)) for name in names))

    def __repr__(self) -> str:
        return f"QrisCredentials({', '.join(f'{field.name}=...' for field in fields(self))})"


@lru_cache(maxsize=64)
def _parsed(given: tuple[tuple[str, str | None], ...]) -> QrisCredentials:
    """The same for every call of an account, and asked for several times in each."""
    values = dict(given)
    plain = {name: _shaped(name, values[name], name) for name in _SHAPES}
    secrets = [plain["client_secret"]]
    if values[_NEXT]:
        secrets.append(_shaped("client_secret", values[_NEXT], _NEXT))
    keys = [SigningKey.parse(_there("private_key", values["private_key"]), "private_key")]
    if after := values["private_key_next"]:
        keys.append(SigningKey.parse(after, "private_key_next"))
    return QrisCredentials(
        client_id=plain["client_id"],
        merchant_id=plain["merchant_id"],
        terminal_id=plain["terminal_id"],
        channel_id=plain["channel_id"],
        secrets=tuple(secrets),
        keys=tuple(keys),
    )


def _shaped(shape: str, value: str | None, name: str) -> str:
    expression, rule = _SHAPES[shape]
    if not expression.fullmatch(_there(name, value)):
        raise InvalidValue(name, f"must be {rule}")
    assert value is not None
    return value


def _there(name: str, value: str | None) -> str:
    if not isinstance(value, str):
        raise InvalidValue(name, "is missing from the QRIS credentials")
    return value
