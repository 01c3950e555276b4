"""Indonesian mobile numbers as OVO takes them: what is one, and how one is shown."""

import re

# OVO integration page: Indonesian numbers only, in 08xx form. The length is INFERRED: the wider of
# the two public readings, 10 to 14 digits.
_PHONE = re.compile(r"08[1-9][0-9]{7,11}", re.ASCII)

_ABROAD = re.compile(r"\+?628", re.ASCII)


def is_phone(text: object) -> bool:
    """Whether the value is a phone number in the form that OVO takes."""
    return isinstance(text, str) and _PHONE.fullmatch(text) is not None


def in_local_form(text: object) -> object:
    """`628…` and `+628…` written `08…`; anything else as it is."""
    if isinstance(text, str) and _ABROAD.match(text) is not None:
        return "0" + text.removeprefix("+").removeprefix("62")
    return text


def masked(phone: str) -> str:
    """The number fit for a page or a log: `08••••••1234`."""
    return f"08••••••{phone[-4:]}"


def ovo_id(phone: str) -> str:
    """The number as OVO's answers mask it: `********1234`."""
    return f"********{phone[-4:]}"
