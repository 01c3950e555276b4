"""What one request leaves in the log: one line, without phones, keys or queries."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import structlog

TRACE = "lunas.trace"
"""Under this name the environ of a request holds its Trace."""
_SANE = re.compile(r"[A-Za-z0-9._\-]{1,64}", re.ASCII)
_LIKE_A_PHONE = re.compile(r"(62|0)?8[1-9][0-9]{7,10}", re.ASCII)

Line = tuple[float, dict[str, object]]
"""When a request was answered, in Unix seconds, and what is told of it."""
WriteLines = Callable[[Sequence[Line]], None]
"""Writes these lines of the log; never raises."""


class Trace:
    """What is known of a request while it runs."""

    __slots__ = ("client_id", "limits", "payment_id", "request_id", "started")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.started = perf_counter()
        self.client_id: str | None = None
        self.payment_id: str | None = None
        self.limits: Sequence[tuple[str, str]] = ()


def begin(environ: dict[str, Any]) -> Trace:
    """Start a request's trace, under the caller's X-Request-Id if that is sane."""
    given = environ.get("HTTP_X_REQUEST_ID")
    if given and _SANE.fullmatch(given) and not _LIKE_A_PHONE.fullmatch(given.replace("-", "")):
        trace = Trace(given)
    else:
        # It names a line of the log and opens nothing: asking the system would let others in.
        trace = Trace(f"{random.getrandbits(64):016x}")
    environ[TRACE] = trace
    return trace


def trace_of(environ: Mapping[str, Any]) -> Trace:
    """The trace that `begin` started."""
    trace: Trace = environ[TRACE]
    return trace


def line_of(
    trace: Trace, method: str, route: str, status: int, seconds: float
) -> dict[str, object]:
    """What is told of one answer; `route` is a template, so that no path is written."""
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
    line["request_id"] = trace.request_id
    return line


def write_each(lines: Sequence[Line]) -> None:
    """One line after the other, as any other line of the log."""
    log = structlog.get_logger("lunas.http")
    for _, line in lines:
        log.info("request", **line)


def log_fault(error: BaseException, request_id: str) -> None:
    """An exception that nobody expected: its type and place, never its words."""
    where, step = "unknown", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        where = f"{code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno}"
        step = step.tb_next
    log = structlog.get_logger("lunas.http")
    log.error("unexpected", error=type(error).__qualname__, at=where, request_id=request_id)
