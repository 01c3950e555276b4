"""Metrics of all processes in one place: their counters live in files of the data folder.

To be called before prometheus_client is imported, which decides then where it counts.
"""

import os
from contextlib import suppress
from pathlib import Path

from bootstrap.settings import Settings

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
ROOM_BYTES = 256 * 1024
"""Of one file of counters: several times what every label that we have takes."""
_KINDS = ("counter", "gauge_livemax", "gauge_livesum", "histogram")


def share_metrics(settings: Settings) -> None:
    """Have this process write its counters where the API finds them, and drop the dead's gauges."""
    folder = Path(os.environ.setdefault(VARIABLE, str(settings.metrics_dir)))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not _lives(int(pid)):
            with suppress(FileNotFoundError):
                file.unlink()


def take_room() -> None:
    """Have the disk hold this process's counters before they are made; raises OSError.

    They are written through a map of a file with holes: on a disk that is full by then, the first
    touch of a hole would kill the process (SIGBUS). Room that is taken now cannot be missing.
    """
    folder = os.environ.get(VARIABLE)
    if folder is None or not hasattr(os, "posix_fallocate"):
        return
    for kind in _KINDS:
        with Path(folder, f"{kind}_{os.getpid()}.db").open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, ROOM_BYTES)


def forget_metrics(settings: Settings) -> None:
    """Drop the counters of processes that are no more; only while none runs."""
    for file in settings.metrics_dir.glob("*.db"):
        with suppress(FileNotFoundError):
            file.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
