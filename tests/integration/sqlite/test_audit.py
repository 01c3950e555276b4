"""Everything that is stored, page by page."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.outbound.sqlite.audit import SqliteAudit
from adapters.outbound.sqlite.store import SqliteStore
from domain.outcome import Unknown
from domain.payment import Payment
from tests.builders import a_codec, a_decline, a_doubt, a_story


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "lunas.db", a_codec(), create=True) as store:
        yield store


@pytest.fixture
def audit(store: SqliteStore) -> SqliteAudit:
    return SqliteAudit(store.readers, a_codec())


def a_stored(store: SqliteStore, *outcomes: Unknown, order: str | None = None) -> Payment:
    changes = a_story(*outcomes, **({"order_id": order} if order else {}))
    for change in changes:
        store.payments.save(change)
    return changes[-1].payment


def test_pages_hold_each_payment_once(store: SqliteStore, audit: SqliteAudit) -> None:
    payments = {p.id: p for p in (a_stored(store) for _ in range(7))}
    sheets = list(audit.sheets(3))
    assert [sheet.rows for sheet in sheets] == [3, 3, 1]
    assert {p.id: p for sheet in sheets for p in sheet.payments} == payments
    assert audit.count() == 7


def test_a_record_that_does_not_open_is_named_and_stops_no_other(
    store: SqliteStore, audit: SqliteAudit, tmp_path: Path
) -> None:
    broken, whole = a_stored(store), a_stored(store)
    with sqlite3.connect(tmp_path / "lunas.db") as connection:
        connection.execute("UPDATE payments SET body = X'00' WHERE id = ?", (broken.id,))
    (sheet,) = audit.sheets(10)
    assert sheet.payments == [whole]
    assert sheet.unreadable == [broken.id]


def test_the_events_and_the_references_of_payments(store: SqliteStore, audit: SqliteAudit) -> None:
    payment, other = a_stored(store, a_doubt()), a_stored(store)
    told = audit.told([payment.id])
    assert [event.sequence for event in told] == list(range(1, payment.sequence + 1))
    assert len(audit.told([payment.id, other.id])) == payment.sequence + other.sequence
    (attempt,) = payment.attempts
    owners = audit.owners([*attempt.references.unique, "nobody's"])
    assert owners == dict.fromkeys(attempt.references.unique, attempt.id)


def test_orders_with_several_payments(store: SqliteStore, audit: SqliteAudit) -> None:
    a_stored(store)
    for outcome in (a_decline(final=True), a_decline(final=True)):
        for change in a_story(outcome, order_id="twice"):
            store.payments.save(change)
    sheets = list(audit.orders_of_several(10))
    assert [sheet.rows for sheet in sheets] == [2]
    assert {p.order.order_id for p in sheets[0].payments} == {"twice"}
