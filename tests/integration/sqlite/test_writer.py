"""The writer and the readers: many callers, one commit, and each told the truth."""

import gc
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from adapters.outbound.sqlite import idempotency, writer
from adapters.outbound.sqlite.store import SqliteStore
from adapters.outbound.sqlite.turnstile import Turnstile
from application.ports import (
    AlreadyKept,
    Kept,
    NotFound,
    OrderTaken,
    QueueFull,
    StoreUnavailable,
    WriteUnconfirmed,
)
from domain.errors import LunasError
from domain.payment import Change
from tests.builders import NOON, a_codec, a_kept, a_start, after
from tests.contracts.stores import together

Work = Callable[[sqlite3.Connection], object]

TAKE = "INSERT INTO sequences (scope, following) VALUES (?, 0)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    path = tmp_path / "lunas.db"
    with SqliteStore.open(path, a_codec(), create=True, now=lambda: NOON) as store:
        yield store


def put(scope: str, connection: sqlite3.Connection) -> str:
    """A write that can be seen."""
    connection.execute(TAKE, (scope,))
    return scope


def put_and_refuse(connection: sqlite3.Connection) -> None:
    """A write that is taken back."""
    put("refused", connection)
    raise NotFound("on second thought")


def written(store: SqliteStore) -> list[str]:
    """What stands in the store now."""
    rows = store.readers.rows("SELECT scope FROM sequences ORDER BY scope")
    return [scope for (scope,) in rows]


@contextmanager
def held(store: SqliteStore) -> Iterator[None]:
    """Keep the writer busy with one write, so that others queue behind it."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait()

    def hold() -> None:
        with suppress(LunasError):
            store.writer.write(wait)

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait()
    try:
        yield
    finally:
        go_on.set()
        holder.join()


class InTheBackground:
    """Writes that wait in threads of their own, and what came of each."""

    def __init__(self, store: SqliteStore, *works: Work) -> None:
        self.results: list[object] = [None] * len(works)
        self._store = store
        self._threads = [
            threading.Thread(target=self._run, args=(place, work))
            for place, work in enumerate(works)
        ]
        for thread in self._threads:
            thread.start()
        while store.writer._queue.qsize() < len(works):
            pass

    def _run(self, place: int, work: Work) -> None:
        try:
            self.results[place] = self._store.writer.write(work)
        except Exception as refused:  # noqa: BLE001  the test looks at it
            self.results[place] = refused

    def end(self) -> list[object]:
        """Wait for all of them."""
        for thread in self._threads:
            thread.join()
        return self.results


def test_a_refusal_in_a_batch_harms_no_other(store: SqliteStore) -> None:
    with held(store):
        batch = InTheBackground(
            store, partial(put, "a"), put_and_refuse, partial(put, "b"), lambda _: 1 / 0
        )
    a, refused, b, fault = batch.end()
    assert (a, b) == ("a", "b")
    assert isinstance(refused, NotFound)
    assert isinstance(fault, ZeroDivisionError)
    assert written(store) == ["a", "b"]


def test_an_error_of_sqlites_in_one_write_is_that_writes_alone(store: SqliteStore) -> None:
    with held(store):
        batch = InTheBackground(
            store,
            partial(put, "a"),
            lambda c: c.execute("SELECT * FROM nowhere"),
            partial(put, "b"),
        )
    a, refused, b = batch.end()
    assert (a, b) == ("a", "b")
    assert type(refused) is StoreUnavailable


def test_a_write_that_ends_the_transaction_fails_the_batch_and_not_the_next(
    store: SqliteStore,
) -> None:
    def end(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    with held(store):
        batch = InTheBackground(store, partial(put, "a"), end)
    assert [type(result) for result in batch.end()] == [StoreUnavailable] * 2
    store.writer.write(partial(put, "b"))
    assert written(store) == ["b"]


def test_more_than_one_commit_holds_are_all_written(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_TOGETHER", 3)
    scopes = [f"{number:02}" for number in range(20)]
    with held(store):
        batch = InTheBackground(store, *[partial(put, scope) for scope in scopes])
    assert batch.end() == scopes
    assert written(store) == scopes


def test_past_its_bound_the_queue_is_full_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "lunas.db"
    with SqliteStore.open(path, a_codec(), create=True, most_waiting=2) as store:
        with held(store):
            batch = InTheBackground(store, partial(put, "a"), partial(put, "b"))
            with pytest.raises(QueueFull, match="2 writes wait"):
                store.writer.write(partial(put, "c"))
            with pytest.raises(QueueFull):
                store.payments.save(a_start())
            refusals = store.payments.save_each([a_start()])
            assert [type(refusal) for refusal in refusals] == [QueueFull]
        assert batch.end() == ["a", "b"]
        assert written(store) == ["a", "b"]


# -- rows of many callers -------------------------------------------------------------------------


def starts_in_one_batch(store: SqliteStore, *starts: tuple[Change, Kept | None]) -> list[object]:
    """What came of payments that were saved together."""

    def save(change: Change, keep: Kept | None) -> object:
        try:
            store.payments.save(change, keep)
        except LunasError as refused:
            return refused
        return None

    with ThreadPoolExecutor(len(starts)) as threads, held(store):
        saving = []
        for number, start in enumerate(starts, start=1):
            saving.append(threads.submit(save, *start))
            while store.writer._queue.qsize() < number:
                pass
    return [each.result() for each in saving]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9])
def test_starts_of_one_batch_are_all_there(store: SqliteStore, count: int) -> None:
    starts = [a_start(order_id=f"o{number}") for number in range(count)]
    kept = [a_kept(f"k{number}") for number in range(count)]
    assert starts_in_one_batch(store, *zip(starts, kept, strict=True)) == [None] * count
    assert [store.payments.get(start.payment.id) for start in starts] == [s.payment for s in starts]
    assert [store.idempotency.find(keep.scope) for keep in kept] == kept
    assert {event.id for event in store.events.unrelayed(100)} == {
        event.id for start in starts for event in start.events
    }


def test_of_starts_that_clash_in_one_batch_each_hears_its_own_answer(store: SqliteStore) -> None:
    first, rival, again, other = (
        a_start(order_id="o1"),
        a_start(order_id="o1"),
        a_start(order_id="o2"),
        a_start(order_id="o3"),
    )
    told = starts_in_one_batch(
        store,
        (first, a_kept("k1")),
        (rival, a_kept("k2")),
        (again, a_kept("k1")),
        (other, None),
    )
    assert (told[0], told[3]) == (None, None)
    assert isinstance(told[1], OrderTaken)
    assert told[1].payment_id == first.payment.id
    assert isinstance(told[2], AlreadyKept)
    assert store.idempotency.find("k2") is None
    told_of = [store.events.get(head.id) for head in store.events.unrelayed(100)]
    assert {event.subject.id for event in told_of} == {
        first.payment.id,
        other.payment.id,
    }


def test_an_expired_answer_is_replaced_by_a_start(store: SqliteStore) -> None:
    store.idempotency.keep(a_kept("k1", expires_at=after(-1)))
    keep = a_kept("k1")
    assert starts_in_one_batch(store, (a_start(), keep)) == [None]
    assert store.idempotency.find("k1") == keep


# -- commits that fail ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (sqlite3.SQLITE_BUSY, StoreUnavailable),
        (sqlite3.SQLITE_FULL, StoreUnavailable),
        (sqlite3.SQLITE_READONLY, StoreUnavailable),
        (sqlite3.SQLITE_IOERR, WriteUnconfirmed),
        (sqlite3.SQLITE_IOERR_FSYNC, WriteUnconfirmed),
        (sqlite3.SQLITE_CORRUPT, WriteUnconfirmed),
    ],
)
def test_a_failed_commit_is_called_undone_only_when_that_is_certain(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, code: int, told: type[LunasError]
) -> None:
    def fail(_: sqlite3.Connection) -> None:
        problem = sqlite3.OperationalError("injected")
        problem.sqlite_errorcode = code
        raise problem

    with monkeypatch.context() as patched:
        patched.setattr(store.writer, "_commit", fail)
        with held(store):
            batch = InTheBackground(store, partial(put, "a"), put_and_refuse)
        a, refused = batch.end()
    assert type(a) is told
    assert type(refused) is StoreUnavailable
    assert written(store) == []
    store.writer.write(partial(put, "b"))
    assert written(store) == ["b"]


def test_nobody_is_told_before_the_commit(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait()
        connection.execute("COMMIT")

    monkeypatch.setattr(store.writer, "_commit", slow)
    writing = threading.Thread(target=store.writer.write, args=(partial(put, "a"),))
    writing.start()
    begun.wait()
    writing.join(0.05)
    assert writing.is_alive()
    assert written(store) == []
    go_on.set()
    writing.join()
    assert written(store) == ["a"]


def test_an_error_after_the_commit_is_a_doubt(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")
        problem = sqlite3.OperationalError("injected")
        problem.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise problem

    monkeypatch.setattr(store.writer, "_commit", fail)
    with pytest.raises(WriteUnconfirmed):
        store.writer.write(partial(put, "a"))
    assert written(store) == ["a"]


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(store: SqliteStore) -> None:
    def settings(connection: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "temp_store")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert store.writer.write(settings) == ["wal", 2, 2]


def test_a_writer_waits_for_its_turn_at_the_turnstile(tmp_path: Path) -> None:
    path = tmp_path / "lunas.db"
    with SqliteStore.open(path, a_codec(), create=True) as store:
        turnstile = Turnstile(path)
        with turnstile.turn():
            writing = threading.Thread(target=store.writer.write, args=(partial(put, "a"),))
            writing.start()
            writing.join(0.05)
            assert writing.is_alive()
            assert written(store) == []
        writing.join()
        turnstile.close()
        assert written(store) == ["a"]


def test_without_a_turnstile_there_is_no_lock_file_to_wait_at(tmp_path: Path) -> None:
    path = tmp_path / "lunas.db"
    SqliteStore.open(path, a_codec(), create=True).close()
    turnstile = Turnstile(path)
    with turnstile.turn(), SqliteStore.open(path, a_codec(), turnstile=False) as store:
        assert store.writer.write(partial(put, "a")) == "a"
    turnstile.close()


# -- patience -------------------------------------------------------------------------------------


def test_a_write_not_begun_in_time_is_never_made(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(store):
        monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.01)
        with pytest.raises(StoreUnavailable) as refused:
            store.writer.write(partial(put, "late"))
        assert not isinstance(refused.value, WriteUnconfirmed)
    monkeypatch.undo()
    store.writer.write(partial(put, "b"))
    assert written(store) == ["b"]


def test_a_write_not_acknowledged_in_time_is_a_doubt(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        go_on.wait()
        put("slow", connection)

    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(WriteUnconfirmed):
        store.writer.write(slow)
    monkeypatch.undo()
    go_on.set()
    store.writer.write(partial(put, "later"))
    assert written(store) == ["later", "slow"]


# -- closing --------------------------------------------------------------------------------------


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    path = tmp_path / "lunas.db"
    store = SqliteStore.open(path, a_codec(), create=True)
    with held(store):
        batch = InTheBackground(store, partial(put, "a"), partial(put, "b"))
        closer = threading.Thread(target=store.close)
        closer.start()
    closer.join()
    assert batch.end() == ["a", "b"]
    store.writer.close()
    with SqliteStore.open(path, a_codec()) as again:
        assert written(again) == ["a", "b"]


# -- readers --------------------------------------------------------------------------------------


def test_each_thread_reads_by_its_own_connection_for_as_long_as_it_lives(
    store: SqliteStore,
) -> None:
    store.payments.save(start := a_start())
    found = together([partial(store.payments.get, start.payment.id)] * 8)
    assert found == [start.payment] * 8
    gc.collect()
    assert len(store.readers._all) == 0
    store.payments.get(start.payment.id)
    assert len(store.readers._all) == 1


def test_a_reader_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(StoreUnavailable, match="may not be written"):
        store.readers.rows(TAKE, ("a",))


# -- kept answers ---------------------------------------------------------------------------------


def test_forgetting_is_done_in_small_writes(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "FORGOTTEN_TOGETHER", 2)
    for number in range(5):
        store.idempotency.keep(a_kept(f"k{number}", expires_at=after(number)))
    assert store.idempotency.forget(after(100)) == 5
    assert store.readers.rows("SELECT count(*) FROM kept") == [(0,)]
