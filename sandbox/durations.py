"""Lengths of time as people write them: `2s`, `500ms`, `1.1`, `15m`, `25h`, `8d`."""

import re
from datetime import timedelta

LONGEST = timedelta(days=366)

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
_WRITTEN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(ms|s|m|h|d|)", re.ASCII)


def parse_duration(value: object) -> timedelta:
    """The length of time that a text or a number of seconds means, never negative.

    Raises ValueError, whose text is fit for the person who wrote it.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a duration is text like 2s or 500ms, or a number of seconds")
    if isinstance(value, str):
        written = _WRITTEN.fullmatch(value.strip())
        if written is None:
            raise ValueError(f"not a duration: {value[:20]!r}; write 2s, 500ms, 1.1 or 15m")
        seconds = float(written[1]) * _SECONDS[written[2]]
    else:
        seconds = float(value)
    if not 0 <= seconds <= LONGEST.total_seconds():
        raise ValueError(f"a duration lies between 0 and {LONGEST.days} days")
    return timedelta(seconds=seconds)


def written_duration(span: timedelta) -> str:
    """The duration as `parse_duration` reads it, in seconds."""
    return f"{span.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"
