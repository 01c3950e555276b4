"""A real node of Elasticsearch as a process: started, stopped, killed, held still."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.elasticsearch import install
from tests.servers.elasticsearch.launch import READY, command
from tests.servers.ports import free_port

READY_WITHIN = 240.0
STOP_WITHIN = 30.0


@dataclass(slots=True)
class Node:
    """One node with its data in `folder`; it ends with the process `owner` (0: with nobody's).

    `compiled` as a node that is measured should be.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    owner: int = field(default_factory=os.getpid)
    compiled: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is spoken to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it on what is in its folder, and wait until it serves."""
        home = install.home()
        for room in ("data", "logs", "tmp"):
            (self.folder / room).mkdir(parents=True, exist_ok=True)
        log = self.folder / "log"
        with log.open("wb") as written:
            self._process = subprocess.Popen(
                command(home, self.folder, self.port, self.owner, compiled=self.compiled),
                stdout=written,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        end = time.monotonic() + READY_WITHIN
        while READY not in log.read_text(errors="replace"):
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"no node: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it as an operator would; its data stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a warning."""
        self._end(signal.SIGKILL)

    @contextmanager
    def held_still(self) -> Iterator[None]:
        """It takes connections and answers nothing in the body."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
