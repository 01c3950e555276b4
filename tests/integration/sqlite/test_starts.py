"""Starts that are written together are the rows that each would be on its own."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.outbound.sqlite.rows import Rows
from adapters.outbound.sqlite.starts import is_start
from adapters.outbound.sqlite.store import SqliteStore
from application.ports import Kept
from domain.payment import Change, Status
from tests.builders import (
    a_claim,
    a_codec,
    a_kept,
    a_payment,
    a_start,
)

CODEC = a_codec()
Write = Callable[[SqliteStore, Change, Kept | None], None]
Told = Mapping[str, Sequence[Mapping[str, object]]]


def together(store: SqliteStore, change: Change, keep: Kept | None) -> None:
    store.payments.save(change, keep)


def alone(store: SqliteStore, change: Change, keep: Kept | None) -> None:
    write, _ = store.payments._step(change, keep)
    store.writer.write(write)


def written(path: Path, write: Write, changes: Sequence[tuple[Change, Kept | None]]) -> Told:
    """Every row that these changes become, in clear: sealed twice, nothing looks the same."""
    with SqliteStore.open(path, CODEC, create=True) as store:
        for change, keep in changes:
            write(store, change, keep)
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {
            table: [
                {**row, "body": open_body(row["body"])}
                for row in map(dict, connection.execute(f"SELECT * FROM {table} ORDER BY rowid"))
            ]
            for table, open_body in (
                ("payments", CODEC.decode_payment),
                ("events", CODEC.decode_payment),
                ("kept", CODEC.decode_kept),
            )
        }


def test_a_start_written_with_others_is_what_it_is_alone(tmp_path: Path) -> None:
    starts = [
        (a_start(), a_kept()),
        (a_start(phone=None, customer=None, metadata={}), None),
        (a_start(livemode=True, description="\u0000 \u00e9"), a_kept(secret=True)),
    ]
    many = written(tmp_path / "many.db", together, starts)
    assert many == written(tmp_path / "one.db", alone, starts)
    assert [len(rows) for rows in many.values()] == [3, 3, 2]


def changed(**changes: object) -> Change:
    start = a_start()
    payment = replace(start.payment, **changes)  # type: ignore[arg-type]  # any of its fields
    return Change(payment, (replace(start.events[0], subject=payment),))


@pytest.mark.parametrize(
    "other",
    [
        lambda: a_claim(a_payment()),
        lambda: changed(version=2),
        lambda: changed(status=Status.FAILED),
        lambda: changed(attempts=a_claim(a_payment()).payment.attempts),
        lambda: Change(a_start().payment, ()),
        lambda: Change(a_start().payment, a_start().events),
        lambda: Change(a_start().payment, (a_start().events[0],) * 2),
    ],
)
def test_whatever_else_a_change_is_it_is_no_start(other: Callable[[], Change]) -> None:
    assert not is_start(other())


def test_a_start_that_was_not_told_first_is_none() -> None:
    start = a_start()
    late = replace(start, events=(replace(start.events[0], sequence=2),))
    assert is_start(start)
    assert not is_start(late)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 31, 32, 33, 65, 256])
def test_as_many_rows_are_added_as_there_are(count: int) -> None:
    rows = Rows("things", "name, number", always={"colour": "'red'"})
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE things (name TEXT, number INTEGER, colour TEXT) STRICT")
        rows.add(connection, [(str(number), number) for number in range(count)])
        rows.add(connection, [])
        found = connection.execute("SELECT * FROM things").fetchall()
    assert found == [(str(number), number, "red") for number in range(count)]
