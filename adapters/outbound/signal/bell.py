"""Wakes the other processes of an embedded house, by named pipes beside the database."""

import errno
import os
import select
import stat
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import final

from adapters.outbound.signal.local import LocalSignal
from application.ports import ChangeWaiter, WorkSignal

LOOK_AROUND_EVERY = 1.0
"""Seconds after which the folder is read anew, to find processes that came or went."""
MOST_BELLS = 64
"""Processes that are rung; an embedded house has two."""
_READ_BYTES = 65_536
_NEARLY_FULL = _READ_BYTES - select.PIPE_BUF
"""Once this much has waited in the pipe, further rings may have been lost."""
_ANYTHING = b"*"


@final
class Bell(WorkSignal, ChangeWaiter):
    """One process's pipe, and the way to ring those of the others.

    A ring may be lost when a pipe is full or a process is just starting: every sleeper also looks
    by itself. Nothing blocks and nothing is raised.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._own = folder / f"{name}.{os.getpid()}"
        with suppress(FileExistsError):
            os.mkfifo(self._own, 0o600)
        self._reading = os.open(self._own, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._lock = threading.Lock()
        self._others: dict[Path, int] = {}
        self._looked_at = 0.0
        self._here = LocalSignal()
        self._closed = False

    def wake(self, payment_id: str | None = None) -> None:
        """Ring the others, and the waiters of this process."""
        self._here.wake(payment_id)
        line = (payment_id.encode() if payment_id else _ANYTHING) + b"\n"
        with self._lock:
            if self._closed:
                return
            self._look_around()
            for path, pipe in list(self._others.items()):
                try:
                    os.write(pipe, line)
                except OSError as refused:
                    if refused.errno != errno.EAGAIN:  # full: it is awake already
                        self._forget(path)

    def listen(self, payment_id: str) -> AbstractContextManager[Callable[[float], bool]]:
        """Hear of the payment's changes, made by any process, from now on."""
        return self._here.listen(payment_id)

    def fileno(self) -> int:
        """Readable when somebody rang: for an event loop."""
        return self._reading

    def drain(self) -> None:
        """Take what was rung, and tell the waiters of this process."""
        rung = b""
        with suppress(BlockingIOError):
            rung = os.read(self._reading, _READ_BYTES)
        if len(rung) >= _NEARLY_FULL:
            self._here.wake_all()
            return
        for line in rung.split(b"\n"):
            if line and line != _ANYTHING:
                self._here.wake(line.decode("ascii", "replace"))

    def answer(self) -> threading.Thread:
        """Start a thread that drains this process's pipe until the bell is closed."""
        thread = threading.Thread(target=self._answer, name="bell", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Take the pipe away; later rings go nowhere."""
        with self._lock:
            self._closed = True
            for path in list(self._others):
                self._forget(path)
            with suppress(FileNotFoundError):
                self._own.unlink()
            os.close(self._reading)

    def _answer(self) -> None:
        while not self._closed:
            with suppress(OSError, ValueError):
                readable, _, _ = select.select([self._reading], [], [], LOOK_AROUND_EVERY)
                if readable and not self._closed:
                    self.drain()

    def _look_around(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < LOOK_AROUND_EVERY:
            return
        self._looked_at = now
        with suppress(OSError):
            for path in sorted(self._folder.iterdir())[:MOST_BELLS]:
                if path != self._own and path not in self._others:
                    self._open(path)

    def _open(self, path: Path) -> None:
        try:
            if not stat.S_ISFIFO(path.stat().st_mode):
                return
            self._others[path] = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as refused:
            # Nobody reads: its process died without taking the pipe away, or is just opening it.
            if refused.errno == errno.ENXIO and not _lives(path):
                with suppress(OSError):
                    path.unlink()

    def _forget(self, path: Path) -> None:
        with suppress(KeyError, OSError):
            os.close(self._others.pop(path))


def _lives(path: Path) -> bool:
    """Whether the process that a pipe is named after still runs."""
    pid = path.name.rpartition(".")[2]
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
