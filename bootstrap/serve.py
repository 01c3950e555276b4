"""`lunas serve`: the API behind granian."""

import os
import sys

from bootstrap.either import kind
from bootstrap.settings import Settings

BACKPRESSURE = 20_000
"""Requests that may wait; granian's own default stops the whole API at 1,024 idle connections."""
BACKLOG = 4_096
STOP_WITHIN = 2
"""Seconds that open requests have to end on SIGTERM."""


def command(settings: Settings) -> list[str]:
    """The server's command line."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface=wsgi",
        "--factory",
        f"--host={settings.host}",
        f"--port={settings.port}",
        "--workers=1",
        f"--blocking-threads={settings.api_threads}",
        f"--backpressure={BACKPRESSURE}",
        f"--backlog={BACKLOG}",
        "--no-ws",
        "--http=1",
        f"--workers-kill-timeout={STOP_WITHIN}",
        "--log-level=error",
        "--respawn-failed-workers",
        "bootstrap.api:create",
    ]


def run(settings: Settings) -> int:
    """Become the server; returns only if that fails."""
    kind(settings).check(settings)
    arguments = command(settings)
    os.execv(arguments[0], arguments)  # noqa: S606  a fixed command of ours, no shell
    return 1
