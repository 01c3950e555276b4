"""A record that does not open, among others that do."""

import sqlite3
from pathlib import Path

import pytest

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring, Unreadable
from adapters.outbound.sqlite.store import SqliteStore
from application.ports import KeptToken, NoticeQuery, Verdict
from domain.payment import Status
from tests.builders import NOON, a_codec, a_notice, a_start, after
from tests.contracts.tokens import KEY, TOKEN


def tampered_with(path: Path, payment_id: str, other_id: str) -> None:
    """Give one payment, and its events, the sealed record of another."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE events SET body = CAST(replace(CAST((SELECT body FROM events"
            " WHERE payment_id = ?) AS TEXT), ?, ?) AS BLOB) WHERE payment_id = ?",
            (other_id, other_id, payment_id, payment_id),
        )
        connection.execute(
            "UPDATE payments SET body = CAST(replace(CAST((SELECT body FROM payments"
            " WHERE id = ?) AS TEXT), ?, ?) AS BLOB) WHERE id = ?",
            (other_id, other_id, payment_id, payment_id),
        )


def test_it_stops_no_other_and_is_told_when_it_is_alone(tmp_path: Path) -> None:
    path = tmp_path / "lunas.db"
    changes = a_start(), a_start()
    broken, whole = (change.payment for change in changes)
    with SqliteStore.open(path, a_codec(), create=True) as store:
        for change in changes:
            store.payments.save(change)
        tampered_with(path, broken.id, whole.id)
        assert store.payments.due("ovo", Status.PENDING, NOON, 10) == [whole]
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM payments WHERE id = ?", (whole.id,))
        with pytest.raises(Unreadable):
            store.payments.due("ovo", Status.PENDING, NOON, 10)


def test_an_event_that_does_not_open_holds_up_no_other(tmp_path: Path) -> None:
    path = tmp_path / "lunas.db"
    changes = a_start(), a_start()
    broken, whole = (change.payment for change in changes)
    ((told_of_broken,), (told_of_whole,)) = (change.events for change in changes)
    with SqliteStore.open(path, a_codec(), create=True) as store:
        for change in changes:
            store.payments.save(change)
        tampered_with(path, broken.id, whole.id)
        ids = [head.id for head in store.events.unrelayed(10)]
        assert ids == [told_of_broken.id, told_of_whole.id]
        assert store.events.get_each(ids) == {told_of_whole.id: told_of_whole}
        with pytest.raises(Unreadable):
            store.events.get_each([told_of_broken.id])


def test_a_token_that_does_not_open_makes_room_for_another(tmp_path: Path) -> None:
    path, lost = tmp_path / "lunas.db", Codec(Keyring([("lost", bytes(32))]))
    with SqliteStore.open(path, lost, create=True) as store:
        assert store.tokens.put(KeptToken(KEY, 1, TOKEN, claimed_until=NOON))
    with SqliteStore.open(path, a_codec()) as store:
        assert store.tokens.get(KEY) == KeptToken(KEY, 1)
        assert store.tokens.put(KeptToken(KEY, 2, TOKEN))
        assert store.tokens.get(KEY) == KeptToken(KEY, 2, TOKEN)


def test_a_notice_that_does_not_open_holds_up_no_other_and_is_given_up(tmp_path: Path) -> None:
    path, lost = tmp_path / "lunas.db", Codec(Keyring([("lost", bytes(32))]))
    broken, whole = a_notice(), a_notice(received_at=after(1))
    with SqliteStore.open(path, lost, create=True) as store:
        store.inbox.add(broken)
    with SqliteStore.open(path, a_codec()) as store:
        store.inbox.add(whole)
        assert [r.notice for r in store.inbox.claim(after(5), after(15), 10)] == [whole]
        assert store.inbox.backlog(10).count == 1
        assert [r.notice for r in store.inbox.find(NoticeQuery()).items] == [whole]
        with pytest.raises(Unreadable):
            store.inbox.get(broken.id)
        assert store.inbox.forget(Verdict.FAILED, after(1), 10) == 1
