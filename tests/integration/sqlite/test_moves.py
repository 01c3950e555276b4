"""Steps of many payments by a few statements, and the way back where one is unusual."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.outbound.sqlite import payments
from adapters.outbound.sqlite.recent import MOST_RECENT, Recent
from adapters.outbound.sqlite.store import SqliteStore
from application.ports import PaymentQuery, StalePayment
from domain.errors import LunasError
from domain.msisdn import Msisdn
from domain.payment import Change, Payment, Status
from tests.builders import (
    MERCHANT,
    NOON,
    a_claim,
    a_codec,
    a_doubt,
    a_start,
    after,
    an_approval,
    an_outcome_of,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "lunas.db", a_codec(), create=True) as store:
        yield store


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes a step on its own fails."""

    def alone(*_: object) -> None:
        raise AssertionError("a step was written on its own")

    monkeypatch.setattr(payments, "_attempt", alone)


def started(store: SqliteStore, count: int) -> list[Payment]:
    """So many payments, written."""
    changes = [a_start(at=after(n)) for n in range(count)]
    assert list(store.payments.save_each(changes)) == [None] * count
    return [change.payment for change in changes]


def claimed(pending: list[Payment]) -> list[Change]:
    """A claim of each, with references of its own."""
    return [a_claim(payment) for payment in pending]


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("count", [1, 5, 8])
def test_claims_and_their_outcomes_are_written_together(store: SqliteStore, count: int) -> None:
    claims = claimed(started(store, count))
    assert list(store.payments.save_each(claims)) == [None] * count
    paid = [an_outcome_of(claim.payment, an_approval()) for claim in claims]
    assert list(store.payments.save_each(paid)) == [None] * count
    for change in paid:
        assert store.payments.get(change.payment.id) == change.payment
    assert (
        len(store.payments.find(PaymentQuery(MERCHANT, False, status=Status.SUCCEEDED)).items)
        == count
    )
    assert list(store.payments.stranded("ovo", [], 10)) == []


@pytest.mark.usefixtures("together")
def test_steps_that_change_what_is_compared_are_not_tried_in_vain(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = claimed(started(store, 3))
    store.payments.save_each(claims)
    monkeypatch.setattr(payments, "write_moves", None)
    doubtful = [an_outcome_of(claim.payment, a_doubt()) for claim in claims]
    assert list(store.payments.save_each(doubtful)) == [None] * 3
    assert len(store.payments.to_ask("ovo", after(60), 10)) == 3


def test_a_slower_step_is_told_and_the_others_are_written(store: SqliteStore) -> None:
    first, second, third = claimed(started(store, 3))
    store.payments.save(second)
    first_told, second_told, third_told = store.payments.save_each([first, second, third])
    assert (first_told, third_told) == (None, None)
    assert isinstance(second_told, StalePayment)
    assert store.payments.get(third.payment.id) == third.payment


def test_a_step_that_moves_what_hardly_moves_is_written_too(store: SqliteStore) -> None:
    moved, usual = started(store, 2)
    other = Msisdn("081299990000")
    resent = moved.tell(replace(moved, phone=other), NOON, [], lambda: "")
    assert list(store.payments.save_each([resent, a_claim(usual)])) == [None, None]
    found = store.payments.find(PaymentQuery(MERCHANT, False, phone=other)).items
    assert [payment.id for payment in found] == [moved.id]


def test_a_late_success_anywhere_lets_no_claim_pass_unlooked_at(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = claimed(started(store, 2))
    alone: list[object] = []
    attempt = payments._attempt

    def seen(connection: sqlite3.Connection, work: payments.Work) -> LunasError | None:
        alone.append(work)
        return attempt(connection, work)

    monkeypatch.setattr(payments, "_attempt", seen)
    (late,) = started(store, 1)
    store.writer.write(lambda c: c.execute("UPDATE payments SET late = 1 WHERE id = ?", (late.id,)))
    assert list(store.payments.save_each(claims)) == [None, None]
    assert len(alone) == len(claims)


# -- the events written last ------------------------------------------------------------------


def test_an_event_just_written_is_given_without_reading_it(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (claim,) = claimed(started(store, 1))
    store.payments.save_each([claim])
    (event,) = claim.events
    with monkeypatch.context() as blind:
        blind.setattr(store.readers, "rows", None)
        assert store.events.get_each([event.id])[event.id] is event
    again = store.events.get_each([event.id])[event.id]
    assert (again, again is event) == (event, False), "kept no longer, read again"


def test_only_what_is_durable_is_kept(store: SqliteStore) -> None:
    (claim,) = claimed(started(store, 1))
    store.payments.save(claim)
    assert isinstance(store.payments.save_each([claim])[0], StalePayment)
    (event,) = claim.events
    assert store.events.get_each([event.id])[event.id] is not event


def test_a_copy_is_made_of_what_was_written_last_unread(store: SqliteStore) -> None:
    (claim,) = claimed(started(store, 1))
    store.payments.save_each([claim])
    (told,) = store.feed.changes("", 10).payments
    (again,) = store.feed.changes("", 10).payments
    assert told is claim.payment
    assert (again, again is told) == (told, False), "kept no longer, read again"


def test_what_somebody_else_changed_since_is_read(store: SqliteStore, tmp_path: Path) -> None:
    (claim,) = claimed(started(store, 1))
    store.payments.save_each([claim])
    paid = an_outcome_of(claim.payment, an_approval())
    with SqliteStore.open(tmp_path / "lunas.db", a_codec()) as other:
        other.payments.save(paid)
    assert list(store.feed.changes("", 10).payments) == [paid.payment]


def test_the_oldest_give_way() -> None:
    recent = Recent[int]()
    for n in range(MOST_RECENT + 2):
        recent.add({str(n): n})
    ids = [str(n) for n in range(MOST_RECENT + 2)]
    assert list(recent.take(ids)) == ids[2:]
    assert recent.take(ids) == {}
