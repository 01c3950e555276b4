"""The fields of SNAP's JSON bodies, read as strictly as the standard has them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from sandbox.answers import JAKARTA
from sandbox.snap.cases import Case, SnapError

LONGEST_REFERENCE = 64
_VALUE = re.compile(r"(0|[1-9][0-9]{0,12})\.([0-9]{2})", re.ASCII)
_REFERENCE = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?([+-][0-9]{2}:[0-9]{2}|Z)",
    re.ASCII,
)


def json_object(body: bytes) -> dict[str, Any]:
    """The body's JSON object. Raises SnapError."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise SnapError(Case.BAD_REQUEST, "(no JSON)") from None
    if not isinstance(raw, dict):
        raise SnapError(Case.BAD_REQUEST, "(no JSON object)")
    return raw


def text(raw: Mapping[str, Any], name: str, *, longest: int) -> str:
    """A mandatory text. Raises SnapError."""
    value = raw.get(name)
    if value is None or value == "":
        raise SnapError(Case.MISSING_FIELD, name)
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise SnapError(Case.INVALID_FORMAT, name)
    return value


def perhaps_text(raw: Mapping[str, Any], name: str, *, longest: int) -> str | None:
    """A text that may be missing, null or empty. Raises SnapError."""
    value = raw.get(name)
    return None if value is None or value == "" else text(raw, name, longest=longest)


def reference(raw: Mapping[str, Any], name: str) -> str:
    """A mandatory reference of a partner. Raises SnapError."""
    value = text(raw, name, longest=LONGEST_REFERENCE)
    if _REFERENCE.fullmatch(value) is None:
        raise SnapError(Case.INVALID_FORMAT, name)
    return value


def rupiah(raw: Mapping[str, Any], name: str) -> int:
    """A mandatory amount: `{"value": "10000.00", "currency": "IDR"}`, whole. Raises SnapError."""
    value = raw.get(name)
    if value is None:
        raise SnapError(Case.MISSING_FIELD, name)
    if not isinstance(value, dict):
        raise SnapError(Case.INVALID_FORMAT, name)
    written = text(value, "value", longest=16)
    found = _VALUE.fullmatch(written)
    if found is None or found[2] != "00":
        raise SnapError(Case.INVALID_FORMAT, f"{name}.value")
    if text(value, "currency", longest=3) != "IDR":
        raise SnapError(Case.INVALID_FORMAT, f"{name}.currency")
    return int(found[1])


def written_rupiah(amount: int) -> dict[str, str]:
    """The amount as answers have it."""
    return {"value": f"{amount}.00", "currency": "IDR"}


def is_timestamp(value: str, *, form: str = "any") -> bool:
    """Whether this is ISO 8601 with an offset; `form` is any, ms or seconds."""
    found = _TIMESTAMP.fullmatch(value)
    if found is None or (form == "ms") > (found[1] is not None):
        return False
    if form == "seconds" and found[1] is not None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def moment(raw: Mapping[str, Any], name: str) -> datetime | None:
    """A point in time that may be missing. Raises SnapError."""
    value = perhaps_text(raw, name, longest=29)
    if value is None:
        return None
    if not is_timestamp(value):
        raise SnapError(Case.INVALID_FORMAT, name)
    return datetime.fromisoformat(value)


def written_time(at: datetime, *, ms: bool = False) -> str:
    """The moment in Jakarta's time."""
    here = at.astimezone(JAKARTA)
    return here.isoformat(timespec="milliseconds" if ms else "seconds")
