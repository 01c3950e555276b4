"""The HTTP API as a WSGI application."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from time import perf_counter
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from adapters.inbound.http.desk import Desk
from adapters.inbound.http.door import Door
from adapters.inbound.http.endpoints import EndpointRoutes
from adapters.inbound.http.events import EventRoutes
from adapters.inbound.http.logs import AccessLog, begin, trace_of
from adapters.inbound.http.metrics import HttpMetrics
from adapters.inbound.http.operations import Operation, Route
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


class Api(Flask):
    """A Flask application that knows its operations and never logs an exception's words."""

    response_class = Reply

    def __init__(self, door: Door) -> None:
        super().__init__("lunas", static_folder=None)
        self.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        self.url_map.merge_slashes = False
        self.door = door
        self.log = AccessLog()
        self.operations: list[Operation] = []

    def add(self, routes: Sequence[Route]) -> None:
        """Serve these operations, and tell of them."""
        for operation, view in routes:
            self.operations.append(operation)
            self.add_url_rule(
                operation.path,
                endpoint=operation.name,
                view_func=view,
                methods=[operation.method],
            )

    def openapi_bytes(self) -> bytes:
        """The OpenAPI document.

        Its library is loaded by the first who asks: most processes are never asked, and it takes
        memory and time at every start.
        """
        from adapters.inbound.http.openapi import written  # noqa: PLC0415

        return written(self.operations, self.door)

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
    system = SystemRoutes(desk, cache(app.openapi_bytes))
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
