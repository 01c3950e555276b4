"""The HTTP API as a WSGI application."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any

import orjson
from flask import Flask, Request, Response, request
from flask_openapi import Info, OpenAPI, RequestBody, Server
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from adapters.inbound.http import document
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.door import Door
from adapters.inbound.http.endpoints import EndpointRoutes
from adapters.inbound.http.events import EventRoutes
from adapters.inbound.http.logs import AccessLog, begin, trace_of
from adapters.inbound.http.metrics import HttpMetrics
from adapters.inbound.http.operations import Operation, Route, View
from adapters.inbound.http.payments import PaymentRoutes
from adapters.inbound.http.phones import PhoneRoutes
from adapters.inbound.http.problems import Code, Refusal
from adapters.inbound.http.refusals import as_refusal
from adapters.inbound.http.replies import Reply, problem_reply
from adapters.inbound.http.system import SystemRoutes
from domain.errors import LunasError

_BY_STATUS = {
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.BODY_TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
}
_UNMATCHED = "unmatched"


class Api(OpenAPI):
    """A Flask application that knows its operations and never logs an exception's words."""

    response_class = Reply

    def __init__(self, door: Door) -> None:
        super().__init__(
            "lunas",
            info=Info(title="Lunas", version=_version(), description=_DESCRIPTION),
            servers=[Server(url=door.settings.public_url)],
            # A plain mapping is taken as well as the models that its annotation names.
            security_schemes=document.SECURITY_SCHEMES,  # type: ignore[arg-type]
            doc_ui=False,
            static_folder=None,
        )
        self.openapi_version = document.VERSION
        self.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        self.url_map.merge_slashes = False
        self.door = door
        self.log = AccessLog()
        self.operations: list[Operation] = []

    def add(self, routes: Sequence[Route]) -> None:
        """Serve these operations, and tell of them."""
        for operation, view in routes:
            self.operations.append(operation)
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
            serve = getattr(self, operation.method.lower())
            serve(operation.path, **told)(_named(operation.name, view))

    def openapi_bytes(self) -> bytes:
        """The OpenAPI document."""
        told: dict[str, Any] = orjson.loads(orjson.dumps(self.api_doc))
        for path in told["paths"].values():
            for operation in path.values():
                statuses = next(
                    document.responses(o)
                    for o in self.operations
                    if o.name == operation["operationId"]
                )
                operation["responses"] = statuses
        schemas = document.components(self.operations)
        document.offer(schemas, self.door.providers)
        told["components"] = {"schemas": schemas, "securitySchemes": document.SECURITY_SCHEMES}
        return orjson.dumps(told)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Every view is synchronous: Flask need not look each time."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match by path alone: no rule of ours asks for a host."""
        if request is None:
            return None
        environ = request.environ
        return self.url_map.bind(
            "localhost",
            path_info=request.path,
            default_method=environ["REQUEST_METHOD"],
            query_args=environ.get("QUERY_STRING", ""),
        )

    def log_exception(self, exc_info: Any) -> None:
        """Write the type of a fault, in place of Flask's traceback."""
        self.log.fault(exc_info[1])


def create_app(door: Door) -> Flask:
    """The application behind this door. Starts nothing; `door.loop` is started by its owner."""
    metrics = HttpMetrics(door.registry)
    desk = Desk.of(door, metrics)
    app = Api(door)
    for noun in (PaymentRoutes, PhoneRoutes, EndpointRoutes, EventRoutes):
        app.add(tuple(noun(desk).routes()))
    system = SystemRoutes(desk, lru_cache(maxsize=1)(app.openapi_bytes))
    app.add(tuple(system.routes()))
    for path, name, view in system.pages():
        app.add_url_rule(path, endpoint=name, view_func=view, methods=["GET"])
    app.before_request(_begin)
    app.after_request(partial(_finish, metrics, app.log))
    _refuse_in_our_words(app)
    return app


def _begin() -> None:
    begin(request.environ)


def _finish(metrics: HttpMetrics, log: AccessLog, answer: Response) -> Response:
    trace = trace_of(request.environ)
    headers = answer.headers
    headers.add("X-Request-Id", trace.request_id)
    headers.add("X-Content-Type-Options", "nosniff")
    if "Cache-Control" not in headers:
        headers.add("Cache-Control", "no-store")
    seconds = perf_counter() - trace.started
    method = request.environ["REQUEST_METHOD"]
    rule = request.url_rule
    route = rule.rule if rule else _UNMATCHED
    metrics.answered(method, route, answer.status_code, seconds)
    log.answered(trace, method, route, answer.status_code, seconds)
    return answer


def _refuse_in_our_words(app: Api) -> None:
    errors_url = app.door.settings.errors_url

    def told(refusal: Refusal) -> Reply:
        return problem_reply(refusal, errors_url, trace_of(request.environ).request_id)

    def of_house(error: LunasError) -> Reply:
        refusal = as_refusal(error)
        if refusal.code is Code.INTERNAL_ERROR:
            app.log.fault(error)
        return told(refusal)

    def of_http(error: HTTPException) -> Reply:
        headers = dict(error.get_headers())
        kept = {"Allow": headers["Allow"]} if "Allow" in headers else {}
        return told(Refusal(_BY_STATUS.get(error.code or 0, Code.MALFORMED), headers=kept))

    def of_nobody(error: Exception) -> Reply:
        app.log.fault(error)
        return told(Refusal(Code.INTERNAL_ERROR))

    app.register_error_handler(Refusal, told)
    app.register_error_handler(LunasError, of_house)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_nobody)


def _named(name: str, view: View) -> View:
    """The view as a function of that name, which reads its request by itself."""

    def serve(**ids: str) -> Response:
        return view(**ids)

    serve.__name__ = name
    # flask-openapi reads this mark of a view; a function declares no such attribute.
    serve.__delay_validate_request__ = True  # type: ignore[attr-defined]
    return serve


def _version() -> str:
    try:
        return version("lunas-pay")
    except PackageNotFoundError:
        return "0"


_DESCRIPTION = (
    "Charges OVO wallets for paid chats, and always knows what happened to the money. Every POST"
    " that creates or moves something needs an Idempotency-Key; problems are RFC 9457 documents."
)
