"""The one thread of a process that writes: what waits is committed together (group commit)."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar, cast, final

from adapters.outbound.sqlite.database import Database
from adapters.outbound.sqlite.troubles import certainly_undone, meaning, unavailable
from adapters.outbound.sqlite.turnstile import Turnstile
from application.ports import QueueFull, StoreUnavailable, WriteUnconfirmed

MOST_WAITING = 4_096
"""Writes that may wait; past it the caller is told at once."""
MOST_TOGETHER = 256
"""Writes in one commit: a bound on how long the first one waits for the last."""
MANY = 5
"""Writes in the last commit that tell of a crowd: then the next one waits for it to gather.

Those alone count whose callers wait each for his own: who begins several has gathered them.
"""
GATHERED_SECONDS = 0.002
"""How long it waits then: about as long as a commit takes."""
PATIENCE_SECONDS = 30.0
"""How long a caller waits; a disk that hangs for longer counts as away."""

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Any]
WriteRows = Callable[[sqlite3.Connection, Sequence[Any]], None]


@final
@dataclass(frozen=True, slots=True)
class Shared:
    """A work as a row: `write` writes the rows of many callers at once, or raises.

    Then each caller's work is done on its own, which tells what is wrong with whose.
    """

    write: WriteRows
    row: Any


@final
class Job:
    """One caller's work, and what came of it.

    It is `alone` if its caller waited for it and for nothing else.
    """

    __slots__ = (
        "_heard",
        "_since",
        "alone",
        "error",
        "result",
        "settled",
        "shared",
        "taken",
        "work",
    )

    def __init__(self, work: Work, shared: Shared | None) -> None:
        self.work = work
        self.shared = shared
        self.alone = False
        self.result: Any = None
        self.error: Exception | None = None
        self.settled = False
        self.taken = threading.Lock()
        self._since = time.monotonic()
        self._heard: list[Callable[[], None]] = []

    def take(self) -> bool:
        """Whoever is first has it: the writer to do it, or its caller to give it up."""
        return self.taken.acquire(blocking=False)

    def tell(self, ready: Callable[[], None]) -> None:
        """Call this once it is settled: at once, or by the writer."""
        self._heard.append(ready)
        if self.settled:
            self._tell()

    def settle(self) -> None:
        """Nothing will change any more: tell whoever asked."""
        self.settled = True
        self._tell()

    def end(self) -> Any:
        """What `Writer.write` returns and raises, once it is durable."""
        if not self.settled:
            self.alone = True
            done = threading.Lock()
            done.acquire()
            self.tell(done.release)
            left = self._since + PATIENCE_SECONDS - time.monotonic()
            if not done.acquire(timeout=max(0.0, left)):
                if self.take():
                    raise StoreUnavailable("the store did not get to this write in time")
                raise WriteUnconfirmed("the store did not acknowledge this write in time")
        if self.error is not None:
            raise self.error
        return self.result

    def _tell(self) -> None:
        # Writer and asker may both come by here: each listener is popped, and so called, once.
        with suppress(IndexError):
            while self._heard:
                self._heard.pop()()


class Writer:
    """Commits the work of many callers together; each is refused or done on its own.

    What work raises is raised to its caller, and its writes alone are undone. Work may be run twice
    for that, the first time undone: it does nothing but read and write the connection.
    """

    def __init__(
        self, database: Database, turnstile: Turnstile | None, *, most_waiting: int = MOST_WAITING
    ) -> None:
        self._database = database
        self._turnstile = turnstile
        self._most_waiting = most_waiting
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="lunas-writer", daemon=True)
        self._thread.start()

    def write(
        self, work: Callable[[sqlite3.Connection], Result], shared: Shared | None = None
    ) -> Result:
        """Do the work, or what is the same and returns nothing, and wait until it is durable.

        Raises what the work raises; QueueFull, StoreUnavailable (nothing was written) or
        WriteUnconfirmed (it cannot be told).
        """
        return cast("Result", self.begin(work, shared).end())

    def begin(self, work: Work, shared: Shared | None = None) -> Job:
        """Have it done, without waiting for it; raises QueueFull or StoreUnavailable."""
        job = Job(work, shared)
        with self._door:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            if self._queue.qsize() >= self._most_waiting:
                raise QueueFull(f"{self._most_waiting} writes wait already")
            self._queue.put(job)
        return job

    def close(self) -> None:
        """Take no more, write what waits, and end the thread."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # -- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        last = False
        waiting: list[Job | None] = []
        while not last:
            before = sum(job.alone for job in waiting if job is not None)
            waiting = [self._queue.get()]
            if before >= MANY:
                # Callers of the last commit are about to come again: one commit for them, and
                # until then one thread less that wants the interpreter's lock.
                time.sleep(GATHERED_SECONDS)
            while len(waiting) < MOST_TOGETHER and not self._queue.empty():
                waiting.append(self._queue.get())
            last = waiting[-1] is None
            self._write_together([job for job in waiting if job is not None and job.take()])
        self._drop_connection()

    def _write_together(self, jobs: Sequence[Job]) -> None:
        try:
            with self._turnstile.turn() if self._turnstile else nullcontext():
                self._transact(jobs)
        except Exception as trouble:  # noqa: BLE001  whatever it is, nobody may wait for ever
            self._drop_connection()
            for job in jobs:
                job.error = _told(trouble, refused=job.error is not None)
        finally:
            for job in jobs:
                job.settle()

    def _transact(self, jobs: Sequence[Job]) -> None:
        self._database.check()
        connection = self._connection = self._connection or self._database.open_writer()
        connection.execute("BEGIN IMMEDIATE")
        _do_all(connection, jobs)
        try:
            self._commit(connection)
            self._database.check()
        except sqlite3.Error as problem:
            if certainly_undone(problem) and connection.in_transaction:
                connection.execute("ROLLBACK")
                raise
            raise WriteUnconfirmed(f"the commit failed: {meaning(problem)}") from problem
        except StoreUnavailable as gone:
            raise WriteUnconfirmed(str(gone)) from gone

    def _commit(self, connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")

    def _drop_connection(self) -> None:
        # The next batch opens a fresh one: the disk may be well again by then.
        with suppress(sqlite3.Error):
            if self._connection is not None:
                self._connection.close()
        self._connection = None


def _do_all(connection: sqlite3.Connection, jobs: Sequence[Job]) -> None:
    # Refusals are rare and savepoints dear: the batch runs bare, and again with care if need be.
    rows: dict[WriteRows, list[Any]] = {}
    try:
        for job in jobs:
            if job.shared is None:
                job.result = job.work(connection)
            else:
                rows.setdefault(job.shared.write, []).append(job.shared.row)
        for write_rows, together in rows.items():
            write_rows(connection, together)
    except Exception:  # noqa: BLE001  with care, it is told to its own caller
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        for job in jobs:
            _do_carefully(connection, job)


def _do_carefully(connection: sqlite3.Connection, job: Job) -> None:
    """Run one work in its savepoint; raises only when the whole transaction is lost with it."""
    connection.execute("SAVEPOINT work")
    try:
        job.result = job.work(connection)
    except Exception as refusal:
        if not connection.in_transaction:
            raise
        job.error = unavailable(refusal) if isinstance(refusal, sqlite3.Error) else refusal
        connection.execute("ROLLBACK TO work")
    connection.execute("RELEASE work")


def _told(trouble: Exception, *, refused: bool) -> StoreUnavailable:
    """Each caller's own copy; what was refused anyway was certainly not written."""
    if isinstance(trouble, WriteUnconfirmed) and not refused:
        return WriteUnconfirmed(str(trouble))
    if isinstance(trouble, sqlite3.Error):
        return unavailable(trouble)
    return StoreUnavailable(str(trouble))
