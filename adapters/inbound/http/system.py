"""The routes of the service itself: life, readiness, numbers and documentation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Response, send_file
from prometheus_client import CONTENT_TYPE_LATEST

from adapters.inbound.http.answers import HealthAnswer, ReadinessAnswer
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.pages import (
    ASSETS,
    PAGE_POLICY,
    REFERENCE,
    REFERENCE_POLICY,
    START_SCRIPT,
    problem_page,
)
from adapters.inbound.http.problems import PROBLEMS, Code, Refusal
from adapters.inbound.http.replies import HTML, Reply, json_reply, reply

_TAG = "Service"
_A_DAY = "public, max-age=86400"
_POLICY = "Content-Security-Policy"


@dataclass(frozen=True, slots=True)
class SystemRoutes:
    """`document` gives the OpenAPI document as bytes."""

    desk: Desk
    document: Callable[[], bytes]

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return (
            (HEALTH, self.health),
            (READY, self.ready),
            (METRICS, self.metrics),
            (PROBLEM, self.problem),
        )

    def pages(self) -> Iterable[tuple[str, str, Callable[..., Reply | Response]]]:
        """Paths that the OpenAPI document does not describe: itself and the reference."""
        return (
            ("/openapi.json", "openapi", self.openapi),
            ("/docs", "docs", self.docs),
            ("/docs/<file>", "docs_file", self.docs_file),
        )

    def health(self, _: Environ) -> Reply:
        """GET /healthz"""
        return json_reply({"status": "ok"})

    def ready(self, _: Environ) -> Reply:
        """GET /readyz"""
        standing = self.desk.door.readiness()
        told = {"problems": [*standing.problems], "warnings": [*standing.warnings]}
        if standing.problems:
            answer = json_reply({"status": "not_ready", **told}, status=503)
            answer.add("Retry-After", "1")
            return answer
        return json_reply({"status": "ready", **told})

    def metrics(self, _: Environ) -> Reply:
        """GET /metrics"""
        self.desk.journal.count()
        return reply(self.desk.metrics.page(), kind=CONTENT_TYPE_LATEST)

    def problem(self, _: Environ, code: str) -> Reply:
        """GET /errors/{code}"""
        if code not in PROBLEMS:
            raise Refusal(Code.NOT_FOUND)
        page = problem_page(Code(code))
        return reply(page, kind=HTML, headers={_POLICY: PAGE_POLICY, "Cache-Control": _A_DAY})

    def openapi(self, _: Environ) -> Reply:
        """GET /openapi.json"""
        return reply(self.document())

    def docs(self, _: Environ) -> Reply:
        """GET /docs"""
        return reply(REFERENCE, kind=HTML, headers={_POLICY: REFERENCE_POLICY})

    def docs_file(self, _: Environ, file: str) -> Reply | Response:
        """GET /docs/{file}"""
        if file == "start.js":
            return reply(START_SCRIPT, kind="text/javascript; charset=utf-8")
        if file not in ASSETS:
            raise Refusal(Code.NOT_FOUND)
        path, kind = ASSETS[file]
        return send_file(path, mimetype=kind, max_age=86_400)


HEALTH = Operation(
    name="health",
    method="GET",
    path="/healthz",
    tag=_TAG,
    summary="Whether the process lives",
    answers={200: HealthAnswer},
    secured=False,
)
READY = Operation(
    name="readiness",
    method="GET",
    path="/readyz",
    tag=_TAG,
    summary="Whether a payment could be made now",
    answers={200: ReadinessAnswer, 503: ReadinessAnswer},
    secured=False,
)
METRICS = Operation(
    name="metrics",
    method="GET",
    path="/metrics",
    tag=_TAG,
    summary="Numbers for Prometheus",
    answers={200: "text/plain"},
    secured=False,
)
PROBLEM = Operation(
    name="problem_page",
    method="GET",
    path="/errors/<code>",
    tag=_TAG,
    summary="What a problem code means",
    answers={200: "text/html"},
    secured=False,
    refusals=(Code.NOT_FOUND,),
)
