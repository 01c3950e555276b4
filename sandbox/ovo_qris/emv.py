"""The text in a QRIS code: EMV merchant-presented mode, with its checksum."""

from collections.abc import Iterable

_INITIAL = 0xFFFF
_POLYNOMIAL = 0x1021
_CHECKSUM = "6304"
_LONGEST_VALUE = 99


class QrError(ValueError):
    """What is given is no QRIS text; the message says why."""


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE of the text in four hexadecimal digits, as EMVCo has it."""
    register = _INITIAL
    for byte in text.encode("ascii"):
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (_POLYNOMIAL if register & 0x8000 else 0)
        register &= 0xFFFF
    return f"{register:04X}"


def encoded(fields: Iterable[tuple[str, str]]) -> str:
    """Tags and values in a row, each value with its length in two digits."""
    parts = []
    for tag, value in fields:
        assert len(tag) == 2
        assert 0 < len(value) <= _LONGEST_VALUE
        parts.append(f"{tag}{len(value):02}{value}")
    return "".join(parts)


def sealed(fields: Iterable[tuple[str, str]]) -> str:
    """The whole text: the fields and the checksum over all of it but its own value."""
    text = encoded(fields) + _CHECKSUM
    return text + checksum(text)


def decoded(text: str) -> dict[str, str]:
    """The values by tag. Raises QrError when it is damaged."""
    text = text.strip()
    if not text.isascii() or len(text) < len(_CHECKSUM) + 4 or text[-8:-4] != _CHECKSUM:
        raise QrError("no QRIS text")
    if checksum(text[:-4]) != text[-4:].upper():
        raise QrError("the checksum does not fit")
    return inner(text)


def inner(text: str) -> dict[str, str]:
    """The values in one field that holds fields. Raises QrError when it is damaged."""
    found: dict[str, str] = {}
    rest = text
    while rest:
        tag, length = rest[:2], rest[2:4]
        if not length.isdecimal() or len(rest) < 4 + int(length):
            raise QrError("a field is cut off")
        found[tag] = rest[4 : 4 + int(length)]
        rest = rest[4 + int(length) :]
    return found


def qris(*, amount: int, merchant: str, merchant_id: str, reference: str, terminal: str) -> str:
    """A dynamic QRIS of this amount. Acquirer number and national merchant id are invented."""
    account = [("00", "COM.OVO.SANDBOX"), ("01", "9360091200000000000"), ("02", merchant_id)]
    national = [("00", "ID.CO.QRIS.WWW"), ("02", "ID1020000000001"), ("03", "UMI")]
    more = [("05", reference), ("07", terminal)]
    return sealed(
        [
            ("00", "01"),
            ("01", "12"),  # dynamic: good for one payment
            ("26", encoded([*account, ("03", "UMI")])),
            ("51", encoded(national)),
            ("52", "5999"),  # neutral on purpose: a code must not tell what is treated
            ("53", "360"),
            ("54", str(amount)),
            ("58", "ID"),
            ("59", merchant[:25]),
            ("60", "Jakarta"),
            ("62", encoded(more)),
        ]
    )
