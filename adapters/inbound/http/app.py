"""The HTTP API as a WSGI application."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.routing import MapAdapter, Rule

from adapters.inbound.http.clerk import Clerk
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.direct import Direct
from adapters.inbound.http.door import Door
from adapters.inbound.http.endpoints import EndpointRoutes
from adapters.inbound.http.events import EventRoutes
from adapters.inbound.http.flasks import WholeResponse, as_response
from adapters.inbound.http.journal import Journal
from adapters.inbound.http.links import WalletLinkRoutes
from adapters.inbound.http.logs import begin, log_fault, trace_of
from adapters.inbound.http.metrics import HttpMetrics
from adapters.inbound.http.notifications import NotificationRoutes
from adapters.inbound.http.operations import Operation, Route
from adapters.inbound.http.payments import PaymentRoutes
from adapters.inbound.http.phones import PhoneRoutes
from adapters.inbound.http.qr import QrRoutes
from adapters.inbound.http.refunds import RefundRoutes
from adapters.inbound.http.replies import Reply
from adapters.inbound.http.review import ReviewRoutes
from adapters.inbound.http.search import SearchRoutes
from adapters.inbound.http.system import SystemRoutes
from adapters.inbound.http.turns import Turns

_UNMATCHED = "unmatched"
NOUNS = (
    PaymentRoutes,
    QrRoutes,
    SearchRoutes,
    RefundRoutes,
    ReviewRoutes,
    PhoneRoutes,
    WalletLinkRoutes,
    EndpointRoutes,
    EventRoutes,
)


class MatchedRule(Rule):
    """A rule by which paths are matched and never made."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        # Two functions a rule, compiled at each start: most of what the application costs to make.
        return _never_made


class Api(Flask):
    """A Flask application that knows its operations and never logs an exception's words.

    Its owner may start and stop `journal`, which then writes the log beside the requests, and
    `turns`, where nothing but a write waits for long.
    """

    response_class = WholeResponse
    url_rule_class = MatchedRule

    def __init__(self, door: Door, journal: Journal) -> None:
        super().__init__("lunas", static_folder=None)
        self.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        self.url_map.merge_slashes = False
        self.door = door
        self.journal = journal
        self.turns = Turns()
        self.clerk = Clerk(journal, door.settings.errors_url)
        self.operations: list[Operation] = []

    def add(self, routes: Sequence[Route]) -> None:
        """Serve these operations, and tell of them."""
        for operation, view in routes:
            self.operations.append(operation)
            self.add_url_rule(
                operation.path,
                view_func=_named(operation.name, view),
                methods=[operation.method],
            )

    def openapi_bytes(self) -> bytes:
        """The OpenAPI document.

        Its library is loaded by the first who asks: most processes are never asked, and it takes
        memory and time at every start.
        """
        from adapters.inbound.http.openapi import written  # noqa: PLC0415 - loads a library

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
        log_fault(exc_info[1], trace_of(request.environ).request_id)


def create_app(door: Door) -> Api:
    """The application behind this door. Starts nothing: its owner starts `door.loop`."""
    metrics = HttpMetrics(door.registry)
    journal = Journal(metrics, door.write_lines)
    desk = Desk.of(door, metrics, journal)
    app = Api(door, journal)
    routes: list[Route] = []
    for noun in NOUNS:
        routes += noun(desk).routes()
    system = SystemRoutes(desk, cache(app.openapi_bytes))
    routes += system.routes()
    app.add(routes)
    for path, name, view in system.pages():
        app.add_url_rule(path, view_func=_named(name, view), methods=["GET"])
    notifications = NotificationRoutes(desk)
    for path, name, receive in notifications.pages():
        app.add_url_rule(path, view_func=_named(name, receive), methods=["POST"])
    app.before_request(_begin)
    app.after_request(partial(_finish, app.clerk))
    app.register_error_handler(Exception, partial(_refuse, app.clerk))
    fixed = {(told.method, told.path): view for told, view in routes if "<" not in told.path}
    fixed |= notifications.direct()
    stepped = PaymentRoutes(desk).stepped()
    # Flask's own place for what stands before it; a method's type cannot be told otherwise.
    app.wsgi_app = Direct(fixed, stepped, app.wsgi_app, app.clerk, app.turns)  # type: ignore[method-assign]
    return app


def _never_made(*_: object, **__: object) -> tuple[str, str]:
    raise NotImplementedError("Lunas writes its links itself")


def _begin() -> None:
    begin(request.environ)


def _finish(clerk: Clerk, answer: Response) -> Response:
    environ, rule = request.environ, request.url_rule
    headers = answer.headers
    headers.extend(
        clerk.closed(
            trace_of(environ),
            environ["REQUEST_METHOD"],
            rule.rule if rule else _UNMATCHED,
            answer.status_code,
            cached="Cache-Control" in headers,
        )
    )
    return answer


def _refuse(clerk: Clerk, error: Exception) -> Response:
    return as_response(clerk.refused(error, trace_of(request.environ)))


def _named(name: str, view: Callable[..., Reply | Response]) -> Callable[..., Response]:
    """The view as a function of that name, which reads its request by itself."""

    def serve(**ids: str) -> Response:
        return as_response(view(request.environ, **ids))

    serve.__name__ = name
    return serve
