"""Where the servers of the tests are installed, and what a whole run shares is found."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lunas-tests"
"""This user's own."""


def installed(name: str, install: Callable[[Path], None]) -> Path:
    """The folder of that name in this user's cache, installed by the first who needs it."""
    folder = CACHE / name
    with locked(CACHE / f"{name}.lock"):
        if not (folder / "complete").exists():
            install(folder)
            (folder / "complete").touch()
    return folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Be the only process of this machine in the body."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
