"""Reading what a request says: its body, its query and the ids in its path."""

import json
import re
from collections import Counter
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import ValidationError

from adapters.inbound.http.models import QueryModel, RequestModel
from adapters.inbound.http.problems import Code, FieldError, Refusal
from adapters.inbound.http.values import field_errors, safe_name
from application.ports import NotFound
from domain.ids import IdKind

Environ = dict[str, Any]
Model = TypeVar("Model", bound=RequestModel)
Query = TypeVar("Query", bound=QueryModel)
MOST_DEPTH = 32
"""How deep objects and lists may lie in each other."""
MOST_PARAMETERS = 32
_JSON = "application/json"
_RAW = "lunas.body"
"""Under this name the environ of a request holds its body, once that was read."""
_IDS = {kind: re.compile(rf"{kind}_[0-9a-f]{{32}}", re.ASCII) for kind in IdKind}


def body_of(environ: Environ, model: type[Model], limit: int, *, required: bool = True) -> Model:
    """The request's body as this model; nothing is an empty object unless it is required.

    Raises Refusal: 413 over `limit` bytes (chunked or not), 415, 400 for what is not one JSON
    object, 422 with every wrong field.
    """
    raw = raw_of(environ, limit)
    if not raw and not required:
        return model()
    return _valid(model, _json_object(environ, raw))


def raw_of(environ: Environ, limit: int) -> bytes:
    """The body as it came, read once; raises Refusal: 413 over `limit` bytes, 400 if it is cut."""
    read: bytes | Refusal | None = environ.get(_RAW)
    if read is None:
        read = environ[_RAW] = _raw(environ, limit)
    if isinstance(read, Refusal):
        raise read
    return read


def read_ahead(environ: Environ, limit: int) -> None:
    """Read the body now; what is wrong with it is told by `raw_of`, when its turn has come."""
    try:
        raw_of(environ, limit)
    except Refusal as refusal:
        environ[_RAW] = refusal


def query_of(environ: Environ, model: type[Query]) -> Query:
    """The query as this model; raises Refusal."""
    text = environ.get("QUERY_STRING")
    if not text:
        nothing: Query = _unasked(model)
        return nothing
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            max_num_fields=MOST_PARAMETERS,
            encoding="utf-8",
            errors="strict",
        )
    except ValueError:
        raise Refusal(Code.MALFORMED, "The query is not well-formed.") from None
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({safe_name(name) for name in names if names.count(name) > 1})
        again = [FieldError(f"/{name}", "must be given once", "query") for name in twice]
        raise Refusal(Code.VALIDATION_FAILED, errors=again)
    return _valid(model, values)


@cache
def _unasked(model: type[QueryModel]) -> Any:
    """What an empty query says; a model is frozen, so that all may share it. Raises Refusal."""
    return _valid(model, {})


def known_id(kind: IdKind, text: str) -> str:
    """The id, if it can be one of that kind; raises NotFound."""
    if not _IDS[kind].fullmatch(text):
        raise NotFound
    return text


def _valid(model: type[Model], values: object) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as wrong:
        complaints = wrong.errors(include_url=False, include_input=False)
        errors = field_errors(complaints, model.place)
        raise Refusal(Code.VALIDATION_FAILED, errors=errors) from None


def _raw(environ: Environ, limit: int) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length:
        if not (length.isascii() and length.isdigit()):
            raise Refusal(Code.MALFORMED, "Content-Length is not a number.")
        size = int(length)
        if size > limit:
            raise Refusal(Code.BODY_TOO_LARGE)
        raw: bytes = environ["wsgi.input"].read(size)
        if len(raw) < size:
            raise Refusal(Code.MALFORMED, "The body is shorter than its Content-Length.")
        return raw
    if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    return _chunks(environ["wsgi.input"], limit)


def _chunks(source: Any, limit: int) -> bytes:
    raw = b""
    while len(raw) <= limit:
        more = source.read(limit + 1 - len(raw))
        if not more:
            return raw
        raw += more
    raise Refusal(Code.BODY_TOO_LARGE)


def _json_object(environ: Environ, raw: bytes) -> object:
    kind, _, rest = environ.get("CONTENT_TYPE", "").partition(";")
    if kind != _JSON and kind.strip().lower() != _JSON:
        raise Refusal(Code.UNSUPPORTED_MEDIA_TYPE)
    if rest and "charset" in rest.lower() and "utf-8" not in rest.lower():
        raise Refusal(Code.UNSUPPORTED_MEDIA_TYPE, "The body must be in UTF-8.")
    plain = _plain_object(raw)
    if plain is not None:
        return plain
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
        if b"\\u" in raw:
            orjson.loads(raw)  # refuses halves of surrogate pairs, which json lets through
        deep = raw.count(b"{") + raw.count(b"[") > MOST_DEPTH and _depth(value) > MOST_DEPTH
    except RecursionError:
        deep, value = True, None
    except ValueError as broken:
        said = str(broken) if isinstance(broken, _Twins) else "The body is not valid JSON in UTF-8."
        raise Refusal(Code.MALFORMED, said) from None
    if deep:
        raise Refusal(Code.MALFORMED, f"The body is nested more than {MOST_DEPTH} deep.")
    if not isinstance(value, dict):
        raise Refusal(Code.MALFORMED, "The body must be one JSON object.")
    return value


def _plain_object(raw: bytes) -> dict[str, object] | None:
    """The object that nearly every body is, read the quick way; None if a closer look is needed.

    Each member takes one colon: where there are no more colons than members, no member was given
    twice and then dropped. Numbers that are not plain stand as floats here, so those are left.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if type(value) is not dict:
        return None
    members = len(value)
    for inner in value.values():
        if type(inner) is dict:
            members += len(inner)
            for text in inner.values():
                if type(text) is not str:
                    return None
        elif type(inner) is float or type(inner) is list:
            return None
    return value if raw.count(b":") == members else None


class _Twins(ValueError):
    """Two members of one object have the same name."""


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twin = next(name for name, count in counts.items() if count > 1)
        raise _Twins(f"The member {safe_name(twin)!r} occurs twice.")
    return value


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _depth(value: object) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


_DECODER = json.JSONDecoder(object_pairs_hook=_without_twins, parse_constant=_no_constant)
