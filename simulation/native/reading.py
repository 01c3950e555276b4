"""What `adapters.outbound.ovo.reading` is in a compiled simulation: the same, by orjson.

Where the quotation marks are those of the fields that were found, and no more, each was named once:
its whole numbers are given back as their texts, which are written in one way only. Anything else is
read as slowly as ever.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Sequence

import orjson

_Fields = dict[str, object]


def read(body: bytes) -> dict[str, object] | None:
    """The JSON object in these bytes; None where there is none, or one that names a field twice."""
    if not body:  # an answer without one
        return None
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_slowly(body)
    if isinstance(fields, dict):
        texts = _keep_texts(fields, 1)
        if texts and body.count(b'"') == 2 * texts:
            return fields
    return _read_slowly(body)


def _keep_texts(fields: _Fields, inner: int) -> int:
    """Put the numbers' texts in their places; how many texts were written, names among them.

    0 where something is not as plain as that.
    """
    texts = len(fields)
    for name, value in fields.items():
        if isinstance(value, str):
            texts += 1
        elif isinstance(value, bool) or value is None:
            continue
        elif isinstance(value, int):
            if value == 0:  # it may have been written as -0
                return 0
            fields[name] = str(value)
        elif inner and isinstance(value, dict) and (more := _keep_texts(value, inner - 1)):
            texts += more
        else:
            return 0
    return texts


def _read_slowly(body: bytes) -> dict[str, object] | None:
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
