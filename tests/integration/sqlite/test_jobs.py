"""Writes that are begun and waited for later: each listener is told once, whoever is quicker."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.outbound.sqlite import writer
from adapters.outbound.sqlite.store import SqliteStore
from application.ports import NotFound, QueueFull, StoreUnavailable, WriteUnconfirmed
from application.steps import finished
from tests.builders import a_codec, a_start


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "lunas.db", a_codec(), create=True, most_waiting=2) as store:
        yield store


class Gate:
    """A work that is done once the gate is opened."""

    def __init__(self) -> None:
        self.begun, self.opened = threading.Event(), threading.Event()

    def __call__(self, _: sqlite3.Connection) -> str:
        self.begun.set()
        self.opened.wait()
        return "through"


def test_beginning_does_not_wait_and_the_end_does(store: SqliteStore) -> None:
    gate = Gate()
    job = store.writer.begin(gate)
    assert not job.settled
    gate.opened.set()
    assert job.end() == "through"
    assert job.settled


def test_whoever_asks_before_and_after_is_told_once_each(store: SqliteStore) -> None:
    gate, early, late = Gate(), threading.Semaphore(0), threading.Semaphore(0)
    job = store.writer.begin(gate)
    job.tell(early.release)
    assert not early.acquire(blocking=False)
    gate.opened.set()
    job.end()
    assert early.acquire(timeout=5)
    job.tell(late.release)
    assert late.acquire(blocking=False)
    assert not early.acquire(blocking=False)
    assert not late.acquire(blocking=False)


def test_listeners_are_told_of_a_refusal_too(store: SqliteStore) -> None:
    def refuse(_: sqlite3.Connection) -> None:
        raise NotFound

    told = threading.Event()
    job = store.writer.begin(refuse)
    job.tell(told.set)
    assert told.wait(5)
    with pytest.raises(NotFound):
        job.end()


def test_a_full_queue_refuses_at_the_beginning(store: SqliteStore) -> None:
    gate = Gate()
    jobs = [store.writer.begin(gate)]
    gate.begun.wait()
    jobs += [store.writer.begin(gate) for _ in range(2)]
    with pytest.raises(QueueFull):
        store.writer.begin(gate)
    with pytest.raises(QueueFull):
        finished(store.payments.saving(a_start()))
    gate.opened.set()
    for job in jobs:
        job.end()


def test_patience_counts_from_the_beginning(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    begun = store.writer.begin(gate)
    gate.begun.wait()
    waiting = store.writer.begin(lambda _: None)
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", -1.0)
    with pytest.raises(WriteUnconfirmed):
        begun.end()
    with pytest.raises(StoreUnavailable) as refused:
        waiting.end()
    assert not isinstance(refused.value, WriteUnconfirmed)
    gate.opened.set()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the writer waited for others, each time; it does not, in truth."""
    slept: list[float] = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=slept.append)
    monkeypatch.setattr(writer, "time", clock)
    return slept


def put(_: sqlite3.Connection) -> None:
    """A write that hardly does anything."""


def test_after_a_crowd_of_callers_the_next_commit_waits_for_others(
    tmp_path: Path, naps: list[float]
) -> None:
    gate = Gate()
    with (
        SqliteStore.open(tmp_path / "lunas.db", a_codec(), create=True) as store,
        ThreadPoolExecutor(writer.MANY) as callers,
    ):
        store.writer.begin(gate)
        gate.begun.wait()
        crowd = [callers.submit(store.writer.write, put) for _ in range(writer.MANY)]
        while store.writer._queue.qsize() < writer.MANY:
            pass
        gate.opened.set()
        for caller in crowd:
            caller.result()
        assert naps == []
        for _ in range(3):
            store.writer.write(put)
    assert naps == [writer.GATHERED_SECONDS]


def test_what_one_caller_began_together_keeps_no_commit_waiting(
    tmp_path: Path, naps: list[float]
) -> None:
    gate, over = Gate(), threading.Semaphore(0)
    with SqliteStore.open(tmp_path / "lunas.db", a_codec(), create=True) as store:
        store.writer.begin(gate)
        gate.begun.wait()
        jobs = [store.writer.begin(put) for _ in range(2 * writer.MANY)]
        for job in jobs:
            job.tell(over.release)
        gate.opened.set()
        for _ in jobs:
            over.acquire()
        for job in jobs:
            job.end()
        store.writer.write(put)
    assert naps == []
