"""The SQLite store as records."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.outbound.sqlite.archive import SqliteArchive
from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from tests.builders import a_codec
from tests.contracts.archive import ArchiveContract
from tests.contracts.stores import HandClock


@dataclass(frozen=True, slots=True)
class Furnished:
    """A store, and its records."""

    store: SqliteStore
    archive: SqliteArchive


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to be copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "lunas.db"
    migrate(path)
    return path


class TestSqliteArchive(ArchiveContract):
    """On two files."""

    @pytest.fixture
    def old(self, empty: Path, tmp_path: Path) -> Iterator[Furnished]:
        yield from _furnished(Path(shutil.copy(empty, tmp_path / "old.db")))

    @pytest.fixture
    def new(self, empty: Path, tmp_path: Path) -> Iterator[Furnished]:
        yield from _furnished(Path(shutil.copy(empty, tmp_path / "new.db")))


def _furnished(path: Path) -> Iterator[Furnished]:
    with SqliteStore.open(path, a_codec(), now=HandClock()) as store:
        yield Furnished(store, SqliteArchive(store, a_codec()))
