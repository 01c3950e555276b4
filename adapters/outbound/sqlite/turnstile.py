"""Where the writers of several processes queue: SQLite's own waiting sleeps and is unfair."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

from adapters.outbound.sqlite.troubles import DatabaseRefused


@final
class Turnstile:
    """A lock file beside the database; a process that dies lets go of it."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise DatabaseRefused(
                f"{path} cannot be opened ({problem.strerror}): look at the rights of its directory"
            ) from None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn of this process, and have it."""
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._handle)
