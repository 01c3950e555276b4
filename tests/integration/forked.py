"""Processes that are forked from an interpreter which has imported what they need (`warm.py`)."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, final

from tests.servers.places import CACHE, locked

ROOT = Path(__file__).parents[2]
ENDS_WITHIN = 30.0
"""Seconds after which a process that was killed must have ended."""
MOST_LANES = 64
"""Processes of one run that may be on their way to its interpreter."""
_WAYS: dict[int, socket.socket] = {}
"""From each process that runs tests to the interpreter of its run: a fork needs its own."""
_CONNECTING = Lock()
_BEGUN: "list[subprocess.Popen[bytes]]" = []
"""Interpreters that this process began: they end when their run does."""


@final
class Forked:
    """One process; as much of `subprocess.Popen` as tests ask of it."""

    def __init__(self, args: Sequence[str], told: int) -> None:
        self.args = args
        self.returncode: int | None = None
        self._told = os.fdopen(told, "rb", buffering=0)
        self.pid = int(self._line())

    def poll(self) -> int | None:
        """The exit status, negative after a signal; None while it lives."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status at its end; raises TimeoutExpired."""
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(list(self.args), timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send it, while it lives."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            soon = select.poll()
            soon.register(self._told, select.POLLIN)
            if soon.poll(None if timeout is None else timeout * 1_000):
                self.returncode = int(self._line())
                self._told.close()
        return self.returncode

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = self._told.read(1)
            assert byte, f"nobody watches {self.args} any more"
            line += byte
        return line


def start(
    module: str,
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path,
    files: Sequence[IO[bytes]],
    session: bool = False,
) -> Forked:
    """`python -m MODULE ARGUMENTS`, with its three standard files; `session`: one of its own."""
    asked = {
        "module": module,
        "arguments": arguments,
        "environment": dict(environment),
        "folder": str(folder),
        "session": session,
    }
    told, tell = os.pipe()
    try:
        handed = [*(file.fileno() for file in files), tell]
        socket.send_fds(_interpreter(), [json.dumps(asked).encode()], handed)
    finally:
        os.close(tell)
    return Forked([module, *arguments], told)


def run(
    module: str,
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path,
    typed: str = "",
    within: float,
) -> subprocess.CompletedProcess[str]:
    """The same, run to its end; raises TimeoutExpired."""
    with TemporaryFile() as put_in, TemporaryFile() as out, TemporaryFile() as err:
        put_in.write(typed.encode())
        put_in.seek(0)
        files = (put_in, out, err)
        process = start(module, *arguments, environment=environment, folder=folder, files=files)
        try:
            status = process.wait(within)
        finally:
            process.kill()
            process.wait(ENDS_WITHIN)
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode())
        return subprocess.CompletedProcess([module, *arguments], status, *told)


def _interpreter() -> socket.socket:
    """The way from this process to the interpreter of its run."""
    with _CONNECTING:
        if os.getpid() not in _WAYS:
            _WAYS[os.getpid()] = _way()
        return _WAYS[os.getpid()]


def _way() -> socket.socket:
    """Connect to the interpreter, which the first of the run's lanes begins.

    Its place is in a folder of this user's: nobody else can come in, or stand in for it.
    """
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    place = CACHE / f"interpreter-{run}"
    with locked(CACHE / "interpreter.lock"):
        way = _a_socket()
        try:
            way.connect(str(place))
        except (FileNotFoundError, ConnectionRefusedError):  # none yet, or one that was killed
            place.unlink(missing_ok=True)
            with _a_socket() as door:
                door.bind(str(place))
                door.listen(MOST_LANES)
                _begin(door, run)
            way.connect(str(place))
        return way


def _a_socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _begin(door: socket.socket, run: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.warm", str(door.fileno()), str(run)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[door.fileno()],
        start_new_session=True,
    )
    _BEGUN.append(process)
