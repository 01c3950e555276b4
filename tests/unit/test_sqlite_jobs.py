"""Writes that are begun and waited for later: each listener is told once, whoever is quicker."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

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
