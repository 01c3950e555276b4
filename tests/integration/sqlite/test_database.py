"""The database file: made, recognised, brought up to date, and missed when it goes."""

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.outbound.sqlite import database, schema
from adapters.outbound.sqlite.database import APPLICATION_ID, Database, migrate
from adapters.outbound.sqlite.store import SqliteStore
from adapters.outbound.sqlite.troubles import DatabaseRefused
from application.ports import StoreUnavailable, WriteUnconfirmed
from domain.payment import Payment
from tests.builders import a_codec, a_start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "house" / "lunas.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(path, a_codec(), create=True) as store:
        yield store


def run(path: Path, *statements: str) -> None:
    """Do something to a database behind the store's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def mode(path: Path) -> int:
    """The rights of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def held_below(folder: Path) -> list[str]:
    """The files of the folder that this process holds open."""
    held = list(Path("/proc/self/fd").iterdir())
    files = [file.readlink() for file in held if file.is_symlink()]
    return sorted(file.name for file in files if file.is_relative_to(folder))


# -- made and brought up to date ------------------------------------------------------------------


def test_a_fresh_house_is_the_owners_alone(path: Path) -> None:
    assert migrate(path) == [f"create {path}", *(step.name for step in schema.STEPS)]
    with SqliteStore.open(path, a_codec()) as store:
        store.payments.save(a_start())
        modes = {file.name: mode(file) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(
        ("lunas.db", "lunas.db-wal", "lunas.db-shm", "lunas.db.lock"), 0o600
    )
    assert mode(path.parent) == 0o700


def test_migrating_again_does_nothing(path: Path) -> None:
    migrate(path)
    assert list(migrate(path)) == []


def test_a_dry_run_tells_and_touches_nothing(path: Path) -> None:
    assert migrate(path, dry_run=True) == [f"create {path}", *(step.name for step in schema.STEPS)]
    assert not path.parent.exists()
    migrate(path)
    assert list(migrate(path, dry_run=True)) == []


def test_an_older_database_is_migrated_by_command_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = a_start()
    with SqliteStore.open(path, a_codec(), create=True) as store:
        store.payments.save(start)
    step = schema.Step("notes", ("CREATE TABLE notes (text TEXT) STRICT",))
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, step))
    for create in (False, True):
        with pytest.raises(DatabaseRefused, match="run `lunas migrate`"):
            SqliteStore.open(path, a_codec(), create=create)
    assert migrate(path, dry_run=True) == ["notes"]
    assert migrate(path) == ["notes"]
    with SqliteStore.open(path, a_codec()) as store:
        assert store.payments.get(start.payment.id) == start.payment


def test_a_step_that_fails_leaves_the_version_before_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(path)
    broken = schema.Step("broken", ("CREATE TABLE half (x)", "CREATE TABLE payments (x)"))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", (*schema.STEPS, broken))
        with pytest.raises(DatabaseRefused, match="cannot be migrated"):
            migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schema.STEPS),)
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone()


def test_several_may_migrate_at_once(path: Path) -> None:
    told: list[str] = []
    threads = [threading.Thread(target=lambda: told.extend(migrate(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == sorted([f"create {path}", *(step.name for step in schema.STEPS)])


# -- recognised -----------------------------------------------------------------------------------


def a_foreign_database(path: Path) -> None:
    run(path, "CREATE TABLE theirs (x)")


def anothers_database(path: Path) -> None:
    run(path, "PRAGMA application_id = 7")


def a_newer_database(path: Path) -> None:
    run(path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 99")


def no_database(path: Path) -> None:
    path.write_bytes(b"This is a text, and long enough to be taken for one. " * 100)


def a_directory(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (a_foreign_database, "not a database of Lunas's"),
        (anothers_database, "not a database of Lunas's"),
        (a_newer_database, f"has version 99, but this Lunas knows only {len(schema.STEPS)}"),
        (no_database, "the file is no database"),
        (a_directory, "cannot be opened"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "other.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    for attempt in (
        lambda: migrate(path),
        lambda: migrate(path, dry_run=True),
        lambda: SqliteStore.open(path, a_codec()),
        lambda: SqliteStore.open(path, a_codec(), create=True),
    ):
        with pytest.raises(DatabaseRefused, match=words):
            attempt()
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_missing_file_is_made_only_when_asked(path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="run `lunas migrate`"):
        SqliteStore.open(path, a_codec())
    assert not path.exists()
    SqliteStore.open(path, a_codec(), create=True).close()
    SqliteStore.open(path, a_codec(), create=True).close()


def test_a_path_with_odd_characters_is_only_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=memory#%41" / "lunas.db"
    SqliteStore.open(path, a_codec(), create=True).close()
    assert path.exists()


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseRefused, match="cannot be made"):
        migrate(tmp_path / "file" / "lunas.db")


# -- trouble while in use -------------------------------------------------------------------------


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_removed_or_replaced_is_away_for_all(
    store: SqliteStore, path: Path, *, replaced: bool
) -> None:
    start = a_start()
    store.payments.save(start)
    aside = path.rename(path.with_name("aside"))
    if replaced:
        path.touch()
    with pytest.raises(StoreUnavailable, match="removed or replaced"):
        store.payments.save(a_start())
    with pytest.raises(StoreUnavailable, match="removed or replaced"):
        store.payments.get(start.payment.id)
    aside.replace(path)
    assert store.payments.get(start.payment.id) == start.payment
    store.payments.save(a_start())


def test_a_file_that_goes_during_the_commit_leaves_a_doubt(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")
        path.rename(path.with_name("aside"))

    monkeypatch.setattr(store.writer, "_commit", lose)
    with pytest.raises(WriteUnconfirmed):
        store.payments.save(a_start())


def test_another_programs_lock_is_waited_for_and_then_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_WITHIN_SECONDS", 0.02)
    with SqliteStore.open(path, a_codec(), create=True) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="another program") as refused:
                store.payments.save(a_start())
            assert not isinstance(refused.value, WriteUnconfirmed)
            other.execute("ROLLBACK")
        store.payments.save(a_start())


def test_a_full_disk_refuses_a_write_and_keeps_the_others(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(path)
    room = {"pages": 60}
    real = Database.open_writer

    def small(self: Database) -> sqlite3.Connection:
        connection = real(self)
        connection.execute(f"PRAGMA max_page_count = {room['pages']}")
        return connection

    monkeypatch.setattr(Database, "open_writer", small)
    kept: list[Payment] = []
    with SqliteStore.open(path, a_codec()) as store:
        refused = None
        while refused is None and len(kept) < 1_000:
            start = a_start()
            (refused,) = store.payments.save_each([start])
            if refused is None:
                kept.append(start.payment)
        assert kept
        assert type(refused) is StoreUnavailable
        assert "the disk is full" in str(refused)
        assert [store.payments.get(payment.id) for payment in kept] == kept
    room["pages"] = 10_000
    with SqliteStore.open(path, a_codec()) as store:
        store.payments.save(a_start())


def test_a_database_that_became_read_only_is_told(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.writer.write(lambda connection: None)
    connection = store.writer._connection
    assert connection is not None
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreUnavailable, match="may not be written"):
        store.payments.save(a_start())
    assert list(store.payments.save_each([a_start()])) != []


def test_a_damaged_file_is_away_for_readers(path: Path) -> None:
    start = a_start()
    with SqliteStore.open(path, a_codec(), create=True) as store:
        store.payments.save(start)
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'payments'"
        ).fetchall()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4_096)
        file.write(b"\xff" * 4_096)
    with SqliteStore.open(path, a_codec()) as store:
        with pytest.raises(StoreUnavailable, match="damaged"):
            store.payments.get(start.payment.id)
        with pytest.raises(StoreUnavailable, match="damaged"):
            store.payments.save(a_start())


def test_a_closed_store_is_away_for_all(path: Path) -> None:
    store = SqliteStore.open(path, a_codec(), create=True)
    store.payments.save(a_start())
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.payments.save(a_start())
    with pytest.raises(StoreUnavailable, match="closed"):
        store.payments.get("pay_1")


def test_a_closed_store_leaves_one_whole_file(path: Path) -> None:
    with SqliteStore.open(path, a_codec(), create=True) as store:
        store.payments.save(a_start())
        assert store.events.unrelayed(1)
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_a_closed_store_holds_no_file_open(path: Path) -> None:
    store = SqliteStore.open(path, a_codec(), create=True)
    store.payments.save(a_start())
    assert store.events.unrelayed(1)
    assert held_below(path.parent)
    store.close()
    assert held_below(path.parent) == []
