"""What one request leaves in the log: one line, without phones, keys or queries."""

import re
from collections.abc import Mapping
from secrets import token_hex
from time import perf_counter
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

TRACE = "lunas.trace"
"""Under this name the environ of a request holds its Trace."""
_SANE = re.compile(r"[A-Za-z0-9._\-]{1,64}", re.ASCII)
_LIKE_A_PHONE = re.compile(r"(62|0)?8[1-9][0-9]{7,10}", re.ASCII)


class Trace:
    """What is known of a request while it runs."""

    __slots__ = ("client_id", "payment_id", "request_id", "started")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.started = perf_counter()
        self.client_id: str | None = None
        self.payment_id: str | None = None


def begin(environ: dict[str, Any]) -> None:
    """Start a request's trace, under the caller's X-Request-Id if that is sane."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    sane = _SANE.fullmatch(given) and not _LIKE_A_PHONE.fullmatch(given.replace("-", ""))
    trace = Trace(given if sane else token_hex(8))
    environ[TRACE] = trace
    clear_contextvars()
    bind_contextvars(request_id=trace.request_id)


def trace_of(environ: Mapping[str, Any]) -> Trace:
    """The trace that `begin` started."""
    trace: Trace = environ[TRACE]
    return trace


class AccessLog:
    """Writes a line for each answer, and one for each fault."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("lunas.http")

    def answered(self, trace: Trace, method: str, route: str, status: int, seconds: float) -> None:
        """One answer; `route` is a template, so that no path is written."""
        line: dict[str, object] = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        if trace.client_id:
            line["client_id"] = trace.client_id
        if trace.payment_id:
            line["payment_id"] = trace.payment_id
        self._log.info("request", **line)

    def fault(self, error: BaseException) -> None:
        """An exception that nobody expected: its type and place, never its words."""
        where, step = "unknown", error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            where = f"{code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno}"
            step = step.tb_next
        self._log.error("unexpected", error=type(error).__qualname__, at=where)
