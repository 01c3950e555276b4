"""The questions of the stores: each by an index, as far as the server tells its plans.

A plan is asked for with the very filter, order and hint that the store sends. On MongoDB that is
the plan; SecantusDB, the stand-in, tells which index it reads, but always sorts what it has read
(MongoDB reads these indexes in order).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from adapters.outbound.mongo import schema
from adapters.outbound.mongo.database import indexes_missing, migrate
from adapters.outbound.mongo.store import MongoStore
from application.ports import EventQuery, ExceptionQuery, PaymentQuery
from domain.errors import LunasError
from domain.payment import Status
from tests.builders import (
    MERCHANT,
    NOON,
    PHONE,
    a_claim,
    a_codec,
    a_delivery,
    a_kept,
    a_start,
    an_account,
    an_endpoint,
    an_endpoint_event,
)
from tests.contracts.payments import saved
from tests.integration.mongo.conftest import PATIENT
from tests.integration.mongo.counting import Counting
from tests.servers.mongo import MongoServer

MINE = PaymentQuery(MERCHANT, livemode=False)
EVENTS = EventQuery(MERCHANT, livemode=False)
BY_ID = "_id_"
CASES: list[tuple[str, Callable[[MongoStore], object], set[str]]] = [
    ("get", lambda s: s.payments.get("pay_1"), {BY_ID}),
    ("due", lambda s: s.payments.due("ovo", Status.PENDING, NOON, 10), {schema.DUE, schema.HOLDS}),
    ("to ask", lambda s: s.payments.to_ask("ovo", NOON, 10), {schema.TO_ASK}),
    ("stranded", lambda s: s.payments.stranded("ovo", ["w"], 10), {schema.HELD}),
    ("list", lambda s: s.payments.find(MINE), {schema.LISTING}),
    ("next page", lambda s: s.payments.find(replace(MINE, cursor="p")), {schema.LISTING}),
    (
        "by status",
        lambda s: s.payments.find(replace(MINE, status=Status.UNKNOWN)),
        {schema.STATUSES},
    ),
    ("by order", lambda s: s.payments.find(replace(MINE, order_id="o")), {schema.ORDERS}),
    ("by phone", lambda s: s.payments.find(replace(MINE, phone=PHONE)), {schema.PHONES}),
    ("exceptions", lambda s: s.payments.with_exceptions(ExceptionQuery()), {schema.EXCEPTIONS}),
    ("charged as", lambda s: s.payments.charged_as(["proof"]), {schema.CHARGES}),
    (
        "events",
        lambda s: s.events.find(EVENTS),
        {schema.EVENT_LISTING, schema.UNRELAYED, schema.TOLD, BY_ID},
    ),
    (
        "events of a payment",
        lambda s: s.events.find(replace(EVENTS, payment_id="p")),
        {schema.STORIES, BY_ID},
    ),
    ("many events", lambda s: s.events.get_each(["evt_1"]), {BY_ID, schema.TOLD}),
    ("unrelayed", lambda s: s.events.unrelayed(10), {schema.UNRELAYED, schema.WAITING}),
    (
        "deliveries due",
        lambda s: s.deliveries.due(NOON, busy={}, per_endpoint=5, limit=10),
        {schema.PENDING, schema.OWED},
    ),
    ("deliveries of an event", lambda s: s.deliveries.of_event("e"), {schema.OF_EVENT}),
    (
        "endpoints",
        lambda s: s.endpoints.of_merchant(MERCHANT, livemode=False),
        {schema.OF_MERCHANT},
    ),
    ("kept", lambda s: s.idempotency.find("k"), {schema.KEPT}),
    ("forget", lambda s: s.idempotency.forget(NOON), {schema.KEPT_UNTIL}),
    ("key", lambda s: s.directory.client_by_key("k"), {schema.KEYS}),
    (
        "turns of providers",
        lambda s: s.payments.due_providers(["ovo"], NOON),
        {schema.DUE, schema.TO_ASK},
    ),
    ("stopped", lambda s: s.accounts.stopped("ovo"), {schema.STOPPED}),
]


@pytest.fixture(scope="module")
def counting() -> Counting:
    return Counting()


@pytest.fixture(scope="module")
def store(server: MongoServer, counting: Counting) -> Iterator[MongoStore]:
    uri = server.uri("lunas_queries")
    migrate(uri)
    with MongoStore.open(uri, a_codec(), listeners=[counting], patience=PATIENT) as store:
        for _ in range(3):
            started = saved(store, a_start())
            saved(store, a_claim(saved(store, a_start())))
            store.deliveries.add([a_delivery("evt_1", "we_1")])
            store.endpoints.save(an_endpoint())
            store.events.add(an_endpoint_event(an_endpoint()))
            store.payments.save(a_start(), a_kept())
            store.deliveries.relay([store.events.unrelayed(1)[0].id], [])
            assert started.live_order
        store.accounts.save(an_account())
        yield store


def asked(counting: Counting, store: MongoStore, question: Callable[[], object]) -> list[Any]:
    """The plans of what a question sends."""
    before = len(counting.heard)
    with suppress(LunasError):
        question()
    sent = [e for e in counting.heard[before:] if e.command_name in {"find", "aggregate"}]
    assert sent, "nothing was asked"
    return [_plan(store, _bare(event.command)) for event in sent]


def _bare(command: Mapping[str, Any]) -> dict[str, Any]:
    """The command without what belongs to its session."""
    kept = {"find", "filter", "sort", "projection", "hint", "limit", "singleBatch"}
    return {name: value for name, value in command.items() if name in kept}


def _plan(store: MongoStore, command: dict[str, Any]) -> Any:
    told = store.connection.database.command("explain", command, verbosity="queryPlanner")
    return told["queryPlanner"]["winningPlan"]


def _stages(plan: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(plan, Mapping):
        if "stage" in plan:
            yield plan
        for inner in plan.values():
            yield from _stages(inner)
    elif isinstance(plan, list):
        for inner in plan:
            yield from _stages(inner)


def indexes_of(plan: Any) -> set[str]:
    """By which indexes a plan reads; fails for one that reads every document."""
    stages = list(_stages(plan))
    assert stages, f"the server tells no plan: {plan}"
    by_id = {"IDHACK", "EXPRESS_IXSCAN"}
    assert "COLLSCAN" not in {stage["stage"] for stage in stages}, plan
    names = {str(stage["indexName"]) for stage in stages if "indexName" in stage}
    return names | ({BY_ID} if by_id & {stage["stage"] for stage in stages} else set())


@pytest.mark.parametrize(
    ("question", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_question_is_answered_by_an_index(
    store: MongoStore,
    counting: Counting,
    question: Callable[[MongoStore], object],
    expected: set[str],
) -> None:
    plans = asked(counting, store, lambda: question(store))
    assert set().union(*map(indexes_of, plans)) == expected


def test_no_index_is_missing_after_a_migration(store: MongoStore) -> None:
    assert list(indexes_missing(store.connection)) == []
    store.connection.payments.drop_index(schema.DUE)
    assert list(indexes_missing(store.connection)) == [f"payments.{schema.DUE}"]
    migrate_again = schema.STEPS[0].indexes["payments"]
    store.connection.payments.create_indexes(list(migrate_again))
    assert list(indexes_missing(store.connection)) == []
