"""The OpenAPI 3.1 document, told by the operations and the models."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from adapters.inbound.http.answers import ProblemAnswer
from adapters.inbound.http.gate import LIMIT, POLICY
from adapters.inbound.http.operations import Operation
from adapters.inbound.http.problems import MEDIA_TYPE, PROBLEMS, Code
from adapters.inbound.http.values import id_pattern
from domain.ids import IdKind
from domain.money import LARGEST_PAYMENT
from domain.provider import Needs, Provider

VERSION = "3.1.0"
SECURITY: Mapping[str, Sequence[str]] = {"ApiKey": []}
SECURITY_SCHEMES = {
    "ApiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: lunas_test_… for the sandbox, lunas_live_… for the wallet.",
    }
}
Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_IN_PATH: Mapping[str, Json] = {
    "payment_id": {"pattern": id_pattern(IdKind.PAYMENT)},
    "link_id": {"pattern": id_pattern(IdKind.WALLET_LINK)},
    "endpoint_id": {"pattern": id_pattern(IdKind.ENDPOINT)},
    "event_id": {"pattern": id_pattern(IdKind.EVENT)},
    "refund_id": {"pattern": id_pattern(IdKind.REFUND)},
    "exception_id": {"pattern": id_pattern(IdKind.EXCEPTION)},
    "code": {"enum": [code.value for code in Code]},
}
_PLACEHOLDER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_KEY_HEADER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "One for each intent; the same one when the request is repeated.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[!#-~]([ -~]*[!#-~])?$",
        "examples": ["8c5f3f0e-consult-8812"],
    },
}
_REQUEST_ID: Json = {
    "description": "The caller's, if it was sane, else a fresh one.",
    "schema": {"type": "string"},
}
_RETRY_AFTER: Json = {
    "description": "Seconds until it is worth trying again.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}
_REPLAYED: Json = {
    "description": "Present when this is the answer of the first such request.",
    "schema": {"type": "string", "enum": ["true"]},
}
_LOCATION: Json = {
    "description": "Where to read what was made.",
    "schema": {"type": "string", "format": "uri-reference"},
}
_LIMITS: Mapping[str, Json] = {
    POLICY: {
        "description": "Where clients are limited: how many requests (q) in how many seconds (w).",
        "schema": {"type": "string", "examples": ['"default";q=200;w=2']},
    },
    LIMIT: {
        "description": "Where clients are limited: how many are left (r), and in how many seconds"
        " (t) they are all back; once none is left, in how many the next one is.",
        "schema": {"type": "string", "examples": ['"default";r=150;t=1']},
    },
}
_ALWAYS_LATER = frozenset({409, 429, 503})


@cache
def _schema(model: type[BaseModel]) -> Json:
    """The model's schema, made once for all apps of a process: not to be changed."""
    return model.model_json_schema(ref_template=_REF)


def parameters(operation: Operation) -> Sequence[Json]:
    """The ids in the path, the query and the headers."""
    found: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"} | _IN_PATH[name],
        }
        for name in _PLACEHOLDER.findall(operation.path)
    ]
    schema = _schema(operation.query)
    for name, value in schema.get("properties", {}).items():
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", []),
                "description": value.get("description", ""),
                "schema": _without_null(value),
            }
        )
    if operation.keyed:
        found.append(_KEY_HEADER)
    return found


def request_body(operation: Operation) -> Json | None:
    """Where the body's schema lies, and examples of it."""
    if operation.body is None:
        return None
    media: Json = {"schema": {"$ref": _REF.format(model=operation.body.__name__)}}
    examples = _schema(operation.body).get("examples", [])
    if examples:
        media["examples"] = {"usual": {"value": examples[0]}}
    return {"required": operation.body_required, "content": {"application/json": media}}


def responses(operation: Operation) -> Mapping[str, Json]:
    """What it answers, and each problem by its status."""
    told: dict[str, Json] = {}
    for status, model in operation.answers.items():
        headers = {"X-Request-Id": _REQUEST_ID}
        if operation.secured:
            headers |= _LIMITS
        if operation.keyed:
            headers["Idempotency-Replayed"] = _REPLAYED
        if operation.located:
            headers["Location"] = _LOCATION
        if operation.may_say_later:
            headers["Retry-After"] = _RETRY_AFTER
        told[str(status)] = {"description": operation.summary, "headers": headers}
        if isinstance(model, str):
            told[str(status)]["content"] = {model: {"schema": {"type": "string"}}}
        elif model is not None:
            told[str(status)]["content"] = {
                "application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}
            }
    by_status: dict[int, list[Code]] = {}
    for code in operation.may_refuse():
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        told.setdefault(str(status), _problem(status, codes))
    return told


def components(operations: Iterable[Operation]) -> Json:
    """The schemas of every request and answer."""
    asked: dict[str, type[BaseModel]] = {}
    answered: dict[str, type[BaseModel]] = {ProblemAnswer.__name__: ProblemAnswer}
    for operation in operations:
        if operation.body:
            asked[operation.body.__name__] = operation.body
        for model in operation.answers.values():
            if isinstance(model, type):
                answered[model.__name__] = model
    wanted = [(model, "validation") for model in asked.values()]
    wanted += [(model, "serialization") for model in answered.values()]
    # The modes are literals to pydantic, and text to mypy once they stand in a list.
    _, schemas = models_json_schema(wanted, ref_template=_REF)  # type: ignore[arg-type]
    definitions: Json = schemas["$defs"]
    return definitions


def offer(
    schemas: Json,
    providers: Mapping[str, Provider],
    methods: Collection[str],
    linking: Collection[str],
) -> None:
    """Say of the payment request which methods are offered here, what they need, and the bounds.

    `linking` are the providers whose wallets can be linked.
    """
    fields = schemas["PaymentRequest"]["properties"]
    fields["method"] |= {"enum": sorted(methods)}
    linked = sorted(p.method for p in providers.values() if p.needs is Needs.LINK)
    schemas["PaymentRequest"] |= {
        "if": {"properties": {"method": {"enum": linked}}, "required": ["method"]},
        "then": {"required": ["wallet_link"], "properties": {"wallet_link": {"type": "string"}}},
        "else": {"properties": {"wallet_link": {"type": "null"}}},
    }
    provider = schemas["WalletLinkRequest"]["properties"]["provider"]
    provider |= {"enum": [*sorted(linking), None]}
    least = max((provider.minimum.rupiah for provider in providers.values()), default=1)
    fields["amount"] |= {"minimum": max(1, least), "maximum": LARGEST_PAYMENT.rupiah}


def _problem(status: int, codes: Sequence[Code]) -> Json:
    headers = {"X-Request-Id": _REQUEST_ID}
    if status in _ALWAYS_LATER:
        headers["Retry-After"] = _RETRY_AFTER
    if status == PROBLEMS[Code.RATE_LIMITED].status:
        headers |= _LIMITS
    if status == PROBLEMS[Code.UNAUTHORIZED].status:
        headers["WWW-Authenticate"] = {
            "description": "How to authenticate.",
            "schema": {"type": "string"},
        }
    return {
        "description": "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in codes),
        "headers": headers,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": _REF.format(model=ProblemAnswer.__name__)},
                "example": _example(codes[0]),
            }
        },
    }


def _example(code: Code) -> Json:
    problem = PROBLEMS[code]
    return {
        "type": f"https://lunas.example/errors/{code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.advice,
        "instance": "urn:lunas:request:5f2b8c1d9e3a4f60",
        "code": code,
        "retryable": problem.retryable,
        "who_can_fix": problem.who_can_fix,
        "request_id": "5f2b8c1d9e3a4f60",
    }


def _without_null(value: Json) -> Json:
    """A parameter is given or not; it cannot be null."""
    kept = {k: v for k, v in value.items() if k not in {"title", "description", "default"}}
    choices = kept.pop("anyOf", None)
    if choices:
        [only] = [choice for choice in choices if choice.get("type") != "null"]
        kept |= only
    if value.get("default") is not None:
        kept["default"] = value["default"]
    return kept
