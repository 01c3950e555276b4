"""The database file: made, brought up to date, recognised, and opened for writing or reading."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar, final

from adapters.outbound.sqlite import schema
from adapters.outbound.sqlite.troubles import DatabaseRefused, meaning
from adapters.outbound.sqlite.turnstile import Turnstile
from application.ports import StoreUnavailable

APPLICATION_ID = 0x4C554E41
"""`LUNA`, where SQLite's file format keeps the name of its owner."""
OLDEST_SQLITE = (3, 37, 0)
"""The first one with STRICT tables."""
BUSY_WITHIN_SECONDS = 5.0
"""How long another program may hold the lock before it counts as trouble."""
_WRITER_CACHE = -65_536
_READER_CACHE = -8_192
_CHECKPOINT_PAGES = 4_000
_LOG_BYTES = 64 * 1024 * 1024

_Connection = TypeVar("_Connection", bound=sqlite3.Connection)


@final
class Database:
    """One file that was recognised as a store of this version.

    Raises DatabaseRefused for a missing, foreign, older or newer one, or one that cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._recognise()
        self._identity = self._look()

    def check(self) -> None:
        """Raise StoreUnavailable once the file was removed or replaced: what is written is lost."""
        if self._look() != self._identity:
            raise StoreUnavailable(
                f"{self.path} was removed or replaced while in use: put it back and restart"
            )

    def open_writer(self) -> sqlite3.Connection:
        """A connection that commits durably."""
        connection = _connect(self.path, "rw", sqlite3.Connection)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "temp_store = MEMORY",
            f"cache_size = {_WRITER_CACHE}",
            f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
            f"journal_size_limit = {_LOG_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def open_reader(self, factory: type[_Connection]) -> _Connection:
        """A connection that cannot write."""
        connection = _connect(self.path, "ro", factory)
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA cache_size = {_READER_CACHE}")
        return connection

    def _recognise(self) -> None:
        if not self.path.exists():
            raise DatabaseRefused(f"{self.path} does not exist: run `lunas migrate` to create it")
        version = _version(self.path)
        if version < len(schema.STEPS):
            raise DatabaseRefused(
                f"{self.path} has version {version} and this Lunas needs {len(schema.STEPS)}:"
                " run `lunas migrate`"
            )

    def _look(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116  on every read and write: twice as fast
        except OSError:
            return None
        return found.st_dev, found.st_ino


def migrate(path: Path, *, dry_run: bool = False) -> Sequence[str]:
    """Make the file, or bring it up to date; tells what was, or would be, done. Repeatable.

    Raises DatabaseRefused for a foreign or newer database, or one that cannot be written.
    """
    missing = not path.exists()
    if dry_run:
        return [*([f"create {path}"] if missing else []), *_missing_steps(path, missing=missing)]
    _make_room(path)
    turnstile = Turnstile(path)
    try:
        with turnstile.turn():
            created = _create(path)
            return [*([f"create {path}"] if created else []), *_take_steps(path)]
    except sqlite3.Error as problem:
        raise DatabaseRefused(f"{path} cannot be migrated: {meaning(problem)}") from problem
    finally:
        turnstile.close()


def _missing_steps(path: Path, *, missing: bool) -> Sequence[str]:
    version = 0 if missing else _version(path)
    return [step.name for step in schema.STEPS[version:]]


def _take_steps(path: Path) -> Sequence[str]:
    version = _version(path)
    with closing(_connect(path, "rw", sqlite3.Connection)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        for number, step in enumerate(schema.STEPS[version:], start=version + 1):
            connection.execute("BEGIN IMMEDIATE")
            for statement in step.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
    return [step.name for step in schema.STEPS[version:]]


def _make_room(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise DatabaseRefused(f"{path.parent} cannot be made: {problem.strerror}") from None


def _create(path: Path) -> bool:
    # SQLite gives its log the rights of the database: both are the owner's alone.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return False
    except OSError as problem:
        raise DatabaseRefused(f"{path} cannot be created: {problem.strerror}") from None
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return True


def _version(path: Path) -> int:
    """The version of a store of ours, 0 of an empty file; raises DatabaseRefused for others."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseRefused(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 is needed")
    try:
        with closing(_connect(path, "rw", sqlite3.Connection)) as connection:
            owner = _number(connection, "PRAGMA application_id")
            version = _number(connection, "PRAGMA user_version")
            tables = _number(connection, "SELECT count(*) FROM sqlite_master")
            if owner == APPLICATION_ID:
                # A write, though taken back, finds out now and not in the middle of a payment what
                # is read-only; the lock alone is had for such a file too.
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(f"PRAGMA user_version = {version}")
                connection.execute("ROLLBACK")
    except sqlite3.Error as problem:
        raise DatabaseRefused(f"{path} cannot be opened: {meaning(problem)}") from problem
    if owner != APPLICATION_ID and (owner or version or tables):
        raise DatabaseRefused(f"{path} is not a database of Lunas's: it is left alone")
    if version > len(schema.STEPS):
        raise DatabaseRefused(
            f"{path} has version {version}, but this Lunas knows only {len(schema.STEPS)}:"
            " run the newer Lunas that wrote it"
        )
    return version


def _number(connection: sqlite3.Connection, question: str) -> int:
    return int(connection.execute(question).fetchone()[0])


def _connect(path: Path, mode: str, factory: type[_Connection]) -> _Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_WITHIN_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
    )
    assert isinstance(connection, factory)
    return connection
