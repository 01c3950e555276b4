"""Metrics of all processes in one place: counters live in files of the data folder."""

import os
from contextlib import suppress

from prometheus_client import CollectorRegistry

from bootstrap.settings import Settings

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics(settings: Settings) -> None:
    """Have this process write its counters where the API finds them; before any is made."""
    if _VARIABLE not in os.environ:
        settings.metrics_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[_VARIABLE] = str(settings.metrics_dir)


def forget_metrics(settings: Settings) -> None:
    """Drop the counters of processes that are no more; only while none runs."""
    with suppress(FileNotFoundError):
        for file in settings.metrics_dir.glob("*.db"):
            file.unlink()


def registry() -> CollectorRegistry:
    """A fresh registry for this process's metrics."""
    return CollectorRegistry()
