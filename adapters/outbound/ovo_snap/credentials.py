"""What OVO gives a merchant for linked accounts, and how the merchant charges them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from adapters.outbound.snap import SigningKey
from domain.errors import InvalidValue

_SHAPES = {
    "client_id": (re.compile(r"[!-~]{1,128}"), "1 to 128 printable ASCII characters"),
    "client_secret": (re.compile(r"[!-~]{1,256}"), "1 to 256 printable ASCII characters"),
    "merchant_id": (re.compile(r"[A-Za-z0-9._-]{1,64}"), "1 to 64 letters, digits or . _ -"),
    "channel_id": (re.compile(r"[A-Za-z0-9]{1,5}"), "1 to 5 letters or digits"),
    "device_id": (re.compile(r"[ -~]{1,400}"), "1 to 400 printable ASCII characters"),
    "payment": (re.compile(r"MANUAL|AUTO"), "MANUAL or AUTO"),
    "pay_method": (re.compile(r"CASH|POINTS"), "CASH or POINTS"),
}
_NEXT_SECRET = "client_secret_next"  # noqa: S105 - a name
_USUAL = {"channel_id": "95221", "device_id": "lunas", "payment": "MANUAL", "pay_method": "CASH"}
"""The channel is ASPI's sample; MANUAL (the PIN each time) is what OVO allows without asking."""


@dataclass(frozen=True, slots=True)
class OvoSnapCredentials:
    """One merchant's set for one mode; never prints its secrets.

    `secrets` and `signing` have the present one and, while it is changed, the next one. AUTO
    charges without a PIN, which OVO's security has to allow; POINTS takes points first and the rest
    in cash.
    """

    client_id: str
    merchant_id: str
    channel_id: str
    device_id: str
    payment: str
    pay_method: str
    secrets: tuple[str, ...] = field(repr=False)
    signing: tuple[SigningKey, ...] = field(repr=False)

    @classmethod
    def parse(cls, opaque: Mapping[str, str]) -> "OvoSnapCredentials":
        """From an account's opaque credentials; unknown names are ignored.

        Raises InvalidValue naming the field, never repeating its value.
        """
        names = (*_SHAPES, _NEXT_SECRET, "private_key", "private_key_next")
        return _parsed(tuple(opaque.get(name, _USUAL.get(name)) for name in names))

    @property
    def automatic(self) -> bool:
        """Whether the customer is charged without a PIN."""
        return self.payment == "AUTO"


@lru_cache(maxsize=64)
def _parsed(values: tuple[str | None, ...]) -> OvoSnapCredentials:
    found: dict[str, str] = {}
    for value, (name, (shape, rule)) in zip(values, _SHAPES.items(), strict=False):
        if not isinstance(value, str):
            raise InvalidValue(name, "is missing from the OVO credentials")
        if not shape.fullmatch(value):
            raise InvalidValue(name, f"must be {rule}")
        found[name] = value
    secrets = [found.pop("client_secret")]
    next_secret, present, following = values[-3:]
    if next_secret:
        shape, rule = _SHAPES["client_secret"]
        if not shape.fullmatch(next_secret):
            raise InvalidValue(_NEXT_SECRET, f"must be {rule}")
        secrets.append(next_secret)
    if not isinstance(present, str):
        raise InvalidValue("private_key", "is missing from the OVO credentials")
    signing = [SigningKey.parse(present)]
    if following:
        signing.append(SigningKey.parse(following, "private_key_next"))
    return OvoSnapCredentials(**found, secrets=tuple(secrets), signing=tuple(signing))
