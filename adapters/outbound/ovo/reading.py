"""OVO's JSON, read so that nothing of it is lost: its numbers stay the texts that they came as."""

import json
from codecs import BOM_UTF8
from collections.abc import Sequence


def read(body: bytes) -> dict[str, object] | None:
    """The JSON object in these bytes; None where there is none, or one that names a field twice."""
    try:
        parsed = _READER.decode(body.removeprefix(BOM_UTF8).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is named twice")
    return fields


_READER = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_once)
