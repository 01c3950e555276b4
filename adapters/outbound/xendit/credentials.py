"""What Xendit gives a merchant to ask with, and to know its webhooks by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import InvalidValue

_SHAPE = re.compile(r"[!-9;-~]{1,200}", re.ASCII)
_RULE = "must be 1 to 200 printable ASCII characters, no :"
_NAMES = ("api_key", "callback_token")
_OF_TEST, _OF_LIVE = "xnd_development_", "xnd_production_"
"""How the keys of each mode begin; both modes have one address (docs.xendit.co, API keys)."""


@dataclass(frozen=True, slots=True)
class XenditCredentials:
    """One merchant's key and webhook token for one mode; never prints them."""

    api_key: str = field(repr=False)
    callback_token: str = field(repr=False)

    @classmethod
    def parse(cls, opaque: Mapping[str, str]) -> "XenditCredentials":
        """From an account's opaque credentials; unknown names are ignored.

        Raises InvalidValue naming the field, never repeating its value.
        """
        for name in _NAMES:
            value = opaque.get(name)
            if not isinstance(value, str):
                raise InvalidValue(name, "is missing from the Xendit credentials")
            if not _SHAPE.fullmatch(value):
                raise InvalidValue(name, _RULE)
        return cls(*(opaque[name] for name in _NAMES))

    def key_for(self, *, livemode: bool) -> str:
        """The API key; raises InvalidValue where it is the other mode's."""
        if self.api_key.startswith(_OF_TEST if livemode else _OF_LIVE):
            raise InvalidValue("api_key", "is the other mode's")
        return self.api_key
