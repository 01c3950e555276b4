"""Every answer counted and written down, many at a time and beside the requests."""

import threading
from collections import deque
from time import perf_counter, time

from adapters.inbound.http.logs import Line, Trace, WriteLines, line_of
from adapters.inbound.http.metrics import HttpMetrics

GATHERED_SECONDS = 0.05
"""How long an answer waits for others, once the thread runs: what a `kill -9` may lose."""
MOST_WAITING = 10_000
"""Answers that wait at most: a reader of the log that hangs costs old lines, never a payment."""

_Answer = tuple[Trace, str, str, int, float, float]


class Journal:
    """Writes at once until it is started; then a thread of its own writes what has gathered.

    A write lets other threads in, and each that comes in between makes the request wait its turn
    again: one write for many lines spares them that.
    """

    def __init__(self, metrics: HttpMetrics, write: WriteLines) -> None:
        self._metrics = metrics
        self._write = write
        self._answers: deque[_Answer] = deque(maxlen=MOST_WAITING)
        self._lines: deque[Line] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def answered(self, trace: Trace, method: str, route: str, status: int) -> None:
        """One answer; `route` is the template of a route, never a path."""
        seconds = perf_counter() - trace.started
        self._answers.append((trace, method, route, status, seconds, time()))
        if self._thread is None:
            self.flush()
        elif not self._something.is_set():
            self._something.set()

    def count(self) -> None:
        """Count what was answered so far, without writing it."""
        kinds: dict[tuple[str, str, int], list[float]] = {}
        with self._lock:
            for _ in range(len(self._answers)):
                trace, method, route, status, seconds, at = self._answers.popleft()
                kinds.setdefault((method, route, status), []).append(seconds)
                self._lines.append((at, line_of(trace, method, route, status, seconds)))
            for kind, each in kinds.items():
                self._metrics.answered(*kind, each)

    def flush(self) -> None:
        """Count and write what was answered so far."""
        self.count()
        with self._lock:
            lines = list(self._lines)
            self._lines.clear()
        if lines:
            self._write(lines)

    def start(self) -> None:
        """Gather from now on."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what has gathered, and from now on at once."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            self._something.set()
            thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._something.wait()
            self._stopping.wait(GATHERED_SECONDS)
            # Before the flush: whoever comes during it finds the bell unrung and rings again.
            self._something.clear()
            self.flush()
