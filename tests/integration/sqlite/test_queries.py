"""The queries of SQLite: each by an index, and none dearer for what has ended."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.outbound.sqlite.store import SqliteStore
from application.ports import EventQuery, PaymentQuery
from domain.errors import LunasError
from domain.payment import Status
from tests.builders import (
    MERCHANT,
    NOON,
    PHONE,
    a_cancellation,
    a_claim,
    a_codec,
    a_delivery,
    a_start,
    after,
)

MINE = PaymentQuery(MERCHANT, livemode=False)
EVENTS = EventQuery(MERCHANT, livemode=False)
CASES: list[tuple[str, Callable[[SqliteStore], object], set[str]]] = [
    ("get", lambda s: s.payments.get("pay_1"), {"sqlite_autoindex_payments_1"}),
    ("due", lambda s: s.payments.due("ovo", Status.PENDING, NOON, 10), {"payments_due"}),
    ("stranded", lambda s: s.payments.stranded("ovo", ["w"], 10), {"payments_held"}),
    ("list", lambda s: s.payments.find(MINE), {"payments_by_id"}),
    ("next page", lambda s: s.payments.find(replace(MINE, cursor="p")), {"payments_by_id"}),
    (
        "by time",
        lambda s: s.payments.find(replace(MINE, created_before=NOON, created_after=NOON)),
        {"payments_by_id"},
    ),
    (
        "by status",
        lambda s: s.payments.find(replace(MINE, status=Status.UNKNOWN, cursor="p")),
        {"payments_by_status"},
    ),
    ("by order", lambda s: s.payments.find(replace(MINE, order_id="o")), {"payments_by_order"}),
    (
        "by phone",
        lambda s: s.payments.find(replace(MINE, phone=PHONE)),
        {"payments_by_phone", "payments_by_status", "INTEGER"},
    ),
    (
        "by phone and order",
        lambda s: s.payments.find(replace(MINE, phone=PHONE, order_id="o")),
        {"payments_by_order"},
    ),
    (
        "turns of providers",
        lambda s: s.payments.due_providers(["ovo"], NOON),
        {"payments_due", "payments_to_ask"},
    ),
    ("changes", lambda s: s.feed.changes("1.1", 10), {"payments_changed"}),
    ("changes waiting", lambda s: s.feed.waiting("1.1", 10), {"payments_changed"}),
    ("event", lambda s: s.events.get("evt_1"), {"sqlite_autoindex_events_1"}),
    ("many events", lambda s: s.events.get_each(["evt_1"]), {"sqlite_autoindex_events_1"}),
    ("events", lambda s: s.events.find(replace(EVENTS, cursor="e")), {"events_by_id"}),
    ("events since", lambda s: s.events.find(replace(EVENTS, since=NOON)), {"events_by_id"}),
    (
        "events of a payment",
        lambda s: s.events.find(replace(EVENTS, payment_id="p")),
        {"events_of_payment"},
    ),
    ("unrelayed", lambda s: s.events.unrelayed(10), {"events_unrelayed"}),
    (
        "deliveries due",
        lambda s: s.deliveries.due(NOON, busy={}, per_endpoint=5, limit=10),
        {"deliveries_pending"},
    ),
    ("deliveries of an event", lambda s: s.deliveries.of_event("e"), {"deliveries_of_event"}),
    (
        "endpoints",
        lambda s: s.endpoints.of_merchant(MERCHANT, livemode=False),
        {"endpoints_of_merchant"},
    ),
    ("kept", lambda s: s.idempotency.find("k"), {"sqlite_autoindex_kept_1"}),
    ("key", lambda s: s.directory.client_by_key("k"), {"sqlite_autoindex_clients_2"}),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "lunas.db", a_codec(), create=True) as store:
        yield store


def questions(
    store: SqliteStore, ask: Callable[[SqliteStore], object], patch: pytest.MonkeyPatch
) -> list[tuple[str, Sequence[object]]]:
    """What the store asks SQLite for this."""
    asked: list[tuple[str, Sequence[object]]] = []
    rows = store.readers.rows

    def record(question: str, values: Sequence[object] = ()) -> Sequence[tuple[object, ...]]:
        asked.append((question, values))
        return rows(question, values)

    with patch.context() as patched:
        patched.setattr(store.readers, "rows", record)
        with suppress(LunasError):  # an empty store finds nothing
            ask(store)
    return asked


@pytest.mark.parametrize(
    ("ask", "indexes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_question_is_answered_by_its_index(
    store: SqliteStore,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[SqliteStore], object],
    indexes: set[str],
) -> None:
    store.deliveries.add([a_delivery("evt_1", "we_1")])
    claim = a_claim(a_start().payment)
    store.payments.save(replace(claim, payment=replace(claim.payment, version=1)))
    asked = questions(store, ask, monkeypatch)
    assert asked
    for question, values in asked:
        plan = [
            row[3] for row in store.readers.rows(f"EXPLAIN QUERY PLAN {question}", tuple(values))
        ]
        searches = [line for line in plan if " USING " in line]
        assert searches
        for line in searches:
            assert line.startswith("SEARCH") or "COVERING INDEX" in line or "unrelayed" in line
            assert indexes & set(line.replace("(", " ").split()), plan
        tables = ("payments", "events", "deliveries", "kept", "clients", "endpoints")
        assert not any(line in {f"SCAN {table}" for table in tables} for line in plan), plan


def cost(store: SqliteStore, ask: Callable[[SqliteStore], object], path: Path) -> int:
    """How many steps SQLite's machine takes to answer."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.set_progress_handler(count, 1)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                store.readers, "rows", lambda q, v=(): connection.execute(q, tuple(v)).fetchall()
            )
            ask(store)
    return steps


def test_ended_payments_make_no_queue_dearer(store: SqliteStore, tmp_path: Path) -> None:
    def look(store: SqliteStore) -> object:
        return (
            store.payments.due("ovo", Status.PENDING, after(10), 10),
            store.payments.stranded("ovo", ["worker-1"], 10),
            store.events.unrelayed(10),
            store.deliveries.due(NOON, busy={}, per_endpoint=5, limit=10),
        )

    alive = a_start()
    store.payments.save(alive)
    store.payments.save(a_claim(alive.payment))
    store.payments.save(a_start())
    few = cost(store, look, tmp_path / "lunas.db")
    ended = [a_start() for _ in range(200)]
    ends = [a_cancellation(change.payment) for change in ended]
    store.payments.save_each([*ended, *ends])
    told = [event.id for change in (*ended, *ends) for event in change.events]
    store.deliveries.relay(told, [])
    assert cost(store, look, tmp_path / "lunas.db") == few


def test_a_living_workers_many_pushes_make_the_search_for_lost_ones_no_dearer(
    store: SqliteStore, tmp_path: Path
) -> None:
    def look(store: SqliteStore) -> object:
        return store.payments.stranded("ovo", ["worker-1"], 10)

    def hold(count: int) -> None:
        starts = [a_start() for _ in range(count)]
        store.payments.save_each(starts)
        store.payments.save_each([a_claim(change.payment) for change in starts])

    hold(1)
    few = cost(store, look, tmp_path / "lunas.db")
    hold(200)
    assert cost(store, look, tmp_path / "lunas.db") == few


def test_a_dead_endpoints_backlog_makes_the_others_no_dearer(
    store: SqliteStore, tmp_path: Path
) -> None:
    def look(store: SqliteStore) -> object:
        return store.deliveries.due(NOON, busy={"we_1": 5}, per_endpoint=5, limit=10)

    def wait(endpoint_id: str, count: int) -> None:
        store.deliveries.add([a_delivery(f"evt_{n}", endpoint_id) for n in range(count)])

    wait("we_1", 1)
    wait("we_2", 1)
    few = cost(store, look, tmp_path / "lunas.db")
    wait("we_1", 300)
    assert cost(store, look, tmp_path / "lunas.db") == few
