"""The kinds of value that requests are made of, and how a wrong one is named."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from adapters.inbound.http.problems import MOST_ERRORS, FieldError
from adapters.inbound.http.waiting import LONGEST_SECONDS
from domain.msisdn import without_numbers

MOST_LISTED = 100
"""Items on one page of a listing."""
_GAP = "[ \\t\u00a0().\u2010-\u2015-]*"
PHONE_PATTERN = (
    f"^{_GAP}(\\+{_GAP}6{_GAP}2{_GAP}(0{_GAP})?|6{_GAP}2{_GAP}(0{_GAP})?|0{_GAP})?"
    f"8{_GAP}[1-9]{_GAP}([0-9]{_GAP}){{7,10}}$"
)
"""Every spelling that the domain takes; kept equal to it by a test."""
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_SOMETHING = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_HOST = r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
ENDPOINT_PATTERN = rf"^https?://({_HOST}|\[::1\])(:{_PORT})?([/?][!-\"$-~]*)?$"
LINK_PATTERN = rf"^https?://({_HOST}|\[::1\])(:{_PORT})?([/?#][!-~]*)?$"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_MANY_DIGITS = re.compile(r"[0-9]{6,}")
_LONGEST_NAME = 64

_PLAIN_WORDS = {
    "phone": "must be an Indonesian mobile number such as 0812 3456 7890",
    "url": "must be an http or https URL with a host, and no user, password or fragment",
    "return_url": "must be an http or https URL",
    "order_id": "must have 1 to 64 characters, none of them a control character",
    "cursor": "must be a next_cursor of this listing",
    "payment_id": "must be the id of a payment",
    "wallet_link": "must be the id of a wallet link",
    "actor": "must name somebody, without control characters",
    "reason": "must say something, without control characters",
    "evidence": "must say something, without control characters",
}


def id_pattern(kind: str) -> str:
    """What an id of this kind looks like."""
    return rf"^{kind}_[0-9a-f]{{32}}$"


def _time(value: object) -> datetime:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("must be an RFC 3339 time such as 2026-11-23T10:16:25Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a time that exists") from None


def whole(value: object) -> object:
    """A whole number that came as text; anything else is left for pydantic to refuse."""
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value):
            raise ValueError("must be a whole number")
        return int(value)
    return value


Phone = Annotated[
    str,
    StringConstraints(pattern=PHONE_PATTERN, max_length=40),
    Field(
        description="An Indonesian mobile number in any usual spelling: 08…, 62…, +62….",
        examples=["0812 0000 0001"],
    ),
]
Text = Annotated[str, StringConstraints(pattern=_NO_CONTROLS, max_length=255)]
Statement = Annotated[
    str,
    StringConstraints(pattern=_SOMETHING, max_length=500),
    Field(description="Plain words; never a patient's data. Mobile numbers are kept masked."),
    AfterValidator(without_numbers),
]
Actor = Annotated[
    str,
    StringConstraints(pattern=_SOMETHING, max_length=64),
    Field(description="Who acts: a person's name or id in your house.", examples=["rina.finance"]),
    AfterValidator(without_numbers),
]
OrderId = Annotated[str, StringConstraints(pattern=_NO_CONTROLS, min_length=1, max_length=64)]
EndpointUrl = Annotated[str, StringConstraints(pattern=ENDPOINT_PATTERN, max_length=2000)]
Link = Annotated[str, StringConstraints(pattern=LINK_PATTERN, max_length=2000)]
Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern=_NO_CONTROLS, min_length=1, max_length=40)],
        Annotated[str, StringConstraints(pattern=_NO_CONTROLS, max_length=500)],
    ],
    Field(max_length=20),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": _NO_CONTROLS, "minLength": 1, "maxLength": 40},
            "additionalProperties": {"type": "string", "pattern": _NO_CONTROLS, "maxLength": 500},
            "maxProperties": 20,
        }
    ),
]
Time = Annotated[
    datetime,
    BeforeValidator(_time),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-11-23T10:16:25.000Z"]}
    ),
]


Seconds = Annotated[int, Field(ge=1, le=LONGEST_SECONDS), BeforeValidator(whole)]
SequenceNumber = Annotated[int, Field(ge=0, le=1_000_000_000), BeforeValidator(whole)]
PageSize = Annotated[int, Field(ge=1, le=MOST_LISTED), BeforeValidator(whole)]


def field_errors(errors: Iterable[Any], place: str) -> Sequence[FieldError]:
    """Each complaint as a JSON pointer and plain words; never with the value that was sent."""
    named = []
    for _, error in zip(range(MOST_ERRORS), errors, strict=False):
        where = [part for part in error["loc"] if part != "[key]"]
        last = next((part for part in reversed(where) if isinstance(part, str)), "")
        named.append(FieldError(_pointer(where), _detail(error, last), place))
    return list(dict.fromkeys(named))


def safe_name(name: str) -> str:
    """A name that a caller made up, shortened, without anything that could be a number."""
    return _MANY_DIGITS.sub("••••••", name[:_LONGEST_NAME])


def _pointer(where: Sequence[str | int]) -> str:
    parts = (safe_name(str(part)).replace("~", "~0").replace("/", "~1") for part in where)
    return "".join(f"/{part}" for part in parts)


def _detail(error: Any, name: str) -> str:
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a known field"
        case "string_pattern_mismatch":
            return _PLAIN_WORDS.get(name, "must not have control characters")
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            words = str(error["msg"]).replace("Input should", "must", 1)
            return words.replace("String should", "must", 1)
