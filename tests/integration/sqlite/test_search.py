"""The embedded search index on trial."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.outbound.sqlite.search import SqliteIndex
from application.ports import IndexUnavailable
from tests.contracts.search import MINE, PaymentIndexContract, a_copy, ids


class TestSqliteIndex(PaymentIndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[SqliteIndex]:
        index = SqliteIndex(tmp_path)
        yield index
        index.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SqliteIndex]:
    index = SqliteIndex(tmp_path)
    index.present().put([a_copy()], "1")
    yield index
    index.close()


def test_a_file_that_was_removed_is_made_again(index: SqliteIndex, tmp_path: Path) -> None:
    for file in tmp_path.glob("search-*"):
        file.unlink()
    assert index.present().cursor() == ""
    copy = a_copy()
    index.present().put([copy], "2")
    assert ids(index.search(MINE).copies) == [copy.id]


def test_a_ruined_file_is_thrown_away_and_made_again(index: SqliteIndex, tmp_path: Path) -> None:
    index.close()
    [file] = tmp_path.glob("search-?.db")
    file.write_bytes(b"this is no database, whatever it was before" * 200)
    with pytest.raises(IndexUnavailable):
        index.search(MINE)
    assert index.present().cursor() == ""


def test_it_is_its_owners_alone(index: SqliteIndex, tmp_path: Path) -> None:
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("search-*")} == {0o600}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IndexUnavailable):
        SqliteIndex(tmp_path / "file" / "below").search(MINE)
