"""Indonesian mobile numbers, as OVO wants them: 08…"""

import re
from dataclasses import dataclass, field

from domain.errors import InvalidValue

_NOISE = re.compile(r"[\s\-().\u00a0\u2010-\u2015]")
_CANONICAL = re.compile(r"08[1-9][0-9]{7,10}", re.ASCII)
_LONGEST_SPELLING = 40
_GAP = r"[\s\-().\u00a0\u2010-\u2015]{0,3}"
_IN_TEXT = re.compile(
    rf"(?<![0-9])(?:\+?{_GAP}6{_GAP}2{_GAP}(?:0{_GAP})?|0{_GAP})8{_GAP}[1-9](?:{_GAP}[0-9]){{7,10}}"
    r"(?![0-9])"
)
BULLETS = "•" * 6


@dataclass(frozen=True, slots=True)
class Msisdn:
    """A canonical number, `08` and 8 to 11 more digits;

    shows itself masked wherever it is printed.
    """

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _CANONICAL.fullmatch(self.digits):
            raise InvalidValue(
                "phone", "must be an Indonesian mobile number such as 0812 3456 7890"
            )

    @classmethod
    def parse(cls, spelling: str) -> "Msisdn":
        """Accept 08…, 8…, 62…, +62…, +6208… with spaces, dashes, dots and brackets.

        Raises InvalidValue, without repeating the number.
        """
        if len(spelling) > _LONGEST_SPELLING:
            raise InvalidValue("phone", f"must have at most {_LONGEST_SPELLING} characters")
        text = _NOISE.sub("", spelling)
        if text.startswith("+") and not text.startswith("+62"):
            raise InvalidValue("phone", "must be an Indonesian number (+62)")
        text = text.removeprefix("+")
        if text.startswith("62"):
            text = text.removeprefix("62").removeprefix("0")
            text = "0" + text
        elif text.startswith("8"):
            text = "0" + text
        return cls(text)

    @property
    def masked(self) -> str:
        """`08••••••1234`: always six bullets, so that not even the length is told."""
        return f"08{BULLETS}{self.digits[-4:]}"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"Msisdn({self.masked})"


def without_numbers(text: str) -> str:
    """The text with each mobile number in it masked: 08…, 62… and +62…, as people write them.

    Ten digits that begin with an 8 are left: they may be a slip's or an account's.
    """
    return _IN_TEXT.sub(lambda found: Msisdn.parse(found[0]).masked, text)
