"""Log lines: one JSON object each, on standard error, without personal data."""

import logging
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from select import PIPE_BUF

import orjson
import structlog
from structlog.typing import EventDict, Processor

_STANDARD_ERROR = 2
_FILE_BYTES = 64 * 1024


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


Lines = Sequence[tuple[float, EventDict]]
"""Unix seconds, and what is told."""


def request_lines(level: str, process: str) -> Callable[[Lines], None]:
    """What writes a line for each request, with few system calls."""
    write = gathered_lines(level, process)

    def write_requests(lines: Lines) -> None:
        for _, told in lines:
            told.update(event="request", level="info")
        write(lines)

    return write_requests


def gathered_lines(level: str, process: str) -> Callable[[Lines], None]:
    """What writes a line for each event, told with its `event` and `level`, the same way."""
    names = logging.getLevelNamesMapping()
    least, most = names[level.upper()], _most_bytes()

    def write(lines: Lines) -> None:
        text = b""
        for at, told in lines:
            if names[told["level"].upper()] < least:
                continue
            told.update(process=process, timestamp=datetime.fromtimestamp(at, UTC))
            line = _dumps(told)
            if text and len(text) + len(line) >= most:
                _write(text)
                text = b""
            text += line + b"\n"
        _write(text)

    return write


def _most_bytes() -> int:
    """How much may be written at once without another process's line in the midst of ours."""
    try:
        kind = os.fstat(_STANDARD_ERROR).st_mode
    except OSError:
        return PIPE_BUF
    return _FILE_BYTES if stat.S_ISREG(kind) else PIPE_BUF


def _write(text: bytes) -> None:
    with suppress(OSError):
        os.write(_STANDARD_ERROR, text)


class _StandardError:
    """Standard error, where a line that cannot be written is lost: no payment may fail for it.

    A full disk or a reader that is gone would otherwise raise in whoever logs. A line is one system
    call and waits for no lock: threads that log would queue at it, and give way each time.
    """

    def msg(self, line: bytes) -> None:
        """Write the line at once."""
        _write(line + b"\n")

    debug = info = warning = error = critical = msg


def _of(process: str) -> Processor:
    def name(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return name


def _dumps(event: object, **_: object) -> bytes:
    # `default=str`: a value of ours shows itself masked; a log line must never raise.
    return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z)
