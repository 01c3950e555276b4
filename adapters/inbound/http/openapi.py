"""The OpenAPI document as a file: what the operations tell, laid out by flask-openapi.

Imported by the first who asks for the document, so that no other process carries the library.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson
from flask_openapi import Info, OpenAPI, RequestBody, Server

from adapters.inbound.http import document
from adapters.inbound.http.door import Door
from adapters.inbound.http.operations import Operation

_DESCRIPTION = (
    "Charges OVO wallets for paid chats, and always knows what happened to the money. Every POST"
    " that creates or moves something needs an Idempotency-Key; problems are RFC 9457 documents."
)


def written(operations: Sequence[Operation], door: Door) -> bytes:
    """The document of these operations as this door offers them, in JSON."""
    pages = OpenAPI(
        "lunas",
        info=Info(title="Lunas", version=_version(), description=_DESCRIPTION),
        servers=[Server(url=door.settings.public_url)],
        # A plain mapping is taken as well as the models that its annotation names.
        security_schemes=document.SECURITY_SCHEMES,  # type: ignore[arg-type]
        doc_ui=False,
        static_folder=None,
    )
    pages.openapi_version = document.VERSION
    for operation in operations:
        _tell(pages, operation)
    told: dict[str, Any] = orjson.loads(orjson.dumps(pages.api_doc))
    responses = {operation.name: document.responses(operation) for operation in operations}
    for path in told["paths"].values():
        for described in path.values():
            # The library adds an answer of its own: ours are all there are.
            described["responses"] = responses[described["operationId"]]
    schemas = document.components(operations)
    methods, linking = door.choose_provider.methods(), door.link_wallet.linking
    document.offer(schemas, door.providers, methods, linking)
    told["components"] = {"schemas": schemas, "securitySchemes": document.SECURITY_SCHEMES}
    return orjson.dumps(told)


def _tell(pages: OpenAPI, operation: Operation) -> None:
    body = document.request_body(operation)
    told: dict[str, Any] = {
        "operation_id": operation.name,
        "summary": operation.summary,
        "tags": [{"name": operation.tag}],
        "responses": document.responses(operation),
        "security": [document.SECURITY] if operation.secured else None,
        "openapi_extensions": {"parameters": document.parameters(operation)},
    }
    if operation.method in {"POST", "PATCH"}:
        told["request_body"] = RequestBody.model_validate(body) if body else None
    describe = getattr(pages, operation.method.lower())
    describe(operation.path, **told)(_nothing(operation.name))


def _nothing(name: str) -> Callable[..., None]:
    """A view of that name that is described and never called."""

    def view() -> None:
        return None

    view.__name__ = name
    return view


def _version() -> str:
    try:
        return version("lunas-pay")
    except PackageNotFoundError:
        return "0"
