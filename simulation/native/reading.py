"""What `adapters.outbound.ovo.reading` is in a compiled simulation: the same, by orjson.

What orjson writes again as it was read named each field once, and its whole numbers are written in
one way only: they are given back as their texts. Anything else is read as slowly as ever.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence

import orjson

_Fields = dict[str, object]


def read(body: bytes) -> Mapping[str, object] | None:
    """The JSON object in these bytes; None where there is none, or one that names a field twice."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_slowly(body)
    if isinstance(fields, dict) and orjson.dumps(fields) == body and _keep_texts(fields, 1):
        return fields
    return _read_slowly(body)


def _keep_texts(fields: _Fields, inner: int) -> bool:
    """Put the numbers' texts in their places; False where something is not as plain as that."""
    for name, value in fields.items():
        if isinstance(value, (str, bool)) or value is None:
            continue
        if isinstance(value, int):
            fields[name] = str(value)
        elif not inner or not isinstance(value, dict) or not _keep_texts(value, inner - 1):
            return False
    return True


def _read_slowly(body: bytes) -> Mapping[str, object] | None:
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
