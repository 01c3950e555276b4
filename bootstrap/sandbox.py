"""`lunas sandbox`: the simulated wallet, always a process of its own."""

import os
import sys
from collections.abc import Sequence

from bootstrap.settings import Settings


def command(settings: Settings, extra: Sequence[str] = ()) -> list[str]:
    """The sandbox's command line."""
    chosen = [f"--host={settings.sandbox_host}", f"--port={settings.sandbox_port}"]
    if settings.sandbox_auto_approve:
        chosen.append(f"--auto-approve={settings.sandbox_auto_approve}")
    if settings.sandbox_window:
        chosen.append(f"--window={settings.sandbox_window}")
    if len(settings.providers) > 1:  # those beside OVO's push tell by themselves what happened
        chosen.append(f"--notify-url={settings.api_url}/notifications/{{provider}}")
    return [sys.executable, "-m", "sandbox", *chosen, *extra]


def run(settings: Settings, extra: Sequence[str]) -> int:
    """Become the sandbox; returns only if that fails."""
    arguments = command(settings, extra)
    os.execv(arguments[0], arguments)  # noqa: S606  a fixed command of ours, no shell
    return 1
