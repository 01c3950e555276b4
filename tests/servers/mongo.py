"""A server that speaks MongoDB's protocol, started as a process from a package.

MongoDB itself is in no package registry. SecantusDB stands in for it: it stores durably, and knows
unique and partial indexes, sessions and retryable writes. Its speed says nothing of MongoDB's.
It is under the GPL: a tool of the tests, started as a program and never imported.
"""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self, final

from tests.servers.missing import missing
from tests.servers.ports import free_port, listens

PROGRAM = "secantusd-py"
NAME = "SecantusDB 0.7.0b3, a stand-in for MongoDB"
STARTED_WITHIN_SECONDS = 240.0
"""A bound alone: it takes two seconds where nothing else runs."""
STOPPED_WITHIN_SECONDS = 30.0
KEPT_OF_ITS_OPLOG = 1_000
"""Its emulated oplog slows every write down as it grows; nobody here reads it."""


@final
class MongoServer:
    """One server on a port and a folder of its own; it may be stopped, killed and started again."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def uri(self, database: str, port: int | None = None) -> str:
        """The URI of a database in it, by another door if a port is given."""
        return f"mongodb://127.0.0.1:{port or self.port}/{database}?directConnection=true"

    def start(self) -> Self:
        """Start it and wait until it answers."""
        program = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
        if program is None:
            missing("MongoDB", f"{PROGRAM} is not installed")
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    *("--port", str(self.port), "--storage-path", str(self.folder / "data")),
                    *("--oplog-max-entries", str(KEPT_OF_ITS_OPLOG), "--cache-size", "256M"),
                    *("--sync-on-commit", "--log-level", "ERROR"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + STARTED_WITHIN_SECONDS
        while not listens(self.port):
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"{NAME} did not start: {self._log()}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hold every connection and answer nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        self._signal(number)
        self._signal(signal.SIGCONT)
        if self._process is not None:
            try:
                self._process.wait(STOPPED_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(STOPPED_WITHIN_SECONDS)
            self._process = None

    def _log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-2_000:]
