"""Names that are unique for ever: a kind and a UUIDv7 (RFC 9562, section 5.7)."""

from enum import StrEnum

from domain.errors import InvalidValue

RANDOM_BYTES = 10
"""How much randomness one id needs (74 of these 80 bits are used)."""
_HEX_DIGITS = 32
_TIME = (1 << 48) - 1
_MARKS = 0x7 << 76 | 0x2 << 62
"""The bits of an id that tell its version and variant; all below the time but them is noise."""
_NOISE = ((1 << 80) - 1) & ~(0xF << 76 | 0x3 << 62)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)


class IdKind(StrEnum):
    """The prefix that tells what an id names."""

    PAYMENT = "pay"
    ATTEMPT = "att"
    EVENT = "evt"
    ENDPOINT = "we"
    DELIVERY = "dlv"
    REFUND = "re"
    EXCEPTION = "exc"
    MERCHANT = "mer"
    CLIENT = "cli"
    NOTICE = "ntf"
    WALLET_LINK = "wl"


def new_id(kind: IdKind, unix_ms: int, randomness: bytes) -> str:
    """`pay_` and 32 hexadecimal digits that sort by time; needs RANDOM_BYTES of randomness."""
    assert len(randomness) == RANDOM_BYTES
    return id_of(kind, unix_ms, int.from_bytes(randomness))


def id_of(kind: IdKind, unix_ms: int, noise: int) -> str:
    """The same with its randomness as a number, of RANDOM_BYTES at most."""
    value = (unix_ms & _TIME) << 80 | noise & _NOISE | _MARKS
    return kind + "_" + value.to_bytes(16).hex()


def crockford(identifier: str) -> str:
    """The id's 128 bits as 26 characters of Crockford base32;

    raises InvalidValue if it has none.
    """
    _, _, digits = identifier.partition("_")
    if len(digits) != _HEX_DIGITS:
        raise InvalidValue("id", "must be a kind, an underscore and 32 hexadecimal digits")
    try:
        value = int(digits, 16)
    except ValueError:
        raise InvalidValue("id", "must end in hexadecimal digits") from None
    return "".join([_PAIRS[value >> shift & 0x3FF] for shift in range(120, -1, -10)])
