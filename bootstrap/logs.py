"""Log lines: one JSON object each, on standard error, without personal data."""

import logging
import os
from contextlib import suppress

import orjson
import structlog
from structlog.typing import EventDict, Processor

_STANDARD_ERROR = 2


def write_json_lines(level: str, process: str) -> None:
    """Set structlog up for this process; call it once, at start."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _of(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=lambda *_: _StandardError(),
        cache_logger_on_first_use=True,
    )


class _StandardError:
    """Standard error, where a line that cannot be written is lost: no payment may fail for it.

    A full disk or a reader that is gone would otherwise raise in whoever logs. A line is one system
    call and waits for no lock: threads that log would queue at it, and give way each time.
    """

    def msg(self, line: bytes) -> None:
        """Write the line at once."""
        with suppress(OSError):
            os.write(_STANDARD_ERROR, line + b"\n")

    debug = info = warning = error = critical = msg


def _of(process: str) -> Processor:
    def name(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return name


def _dumps(event: object, **_: object) -> bytes:
    # `default=str`: a value of ours shows itself masked; a log line must never raise.
    return orjson.dumps(event, default=str)
