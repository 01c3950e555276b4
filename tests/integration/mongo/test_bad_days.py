"""What the MongoDB stores do when the server, or the way to it, fails."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.outbound.mongo.connection import Patience
from adapters.outbound.mongo.database import migrate
from adapters.outbound.mongo.store import MongoStore
from application.ports import (
    AlreadyKept,
    EventQuery,
    NotFound,
    OrderOnHold,
    StoreUnavailable,
    WriteUnconfirmed,
)
from domain.payment import Change, Status
from tests.builders import (
    MERCHANT,
    NOON,
    a_claim,
    a_codec,
    a_decline,
    a_delivery,
    a_kept,
    a_start,
    a_story,
    an_approval,
    an_outcome_of,
)
from tests.contracts.payments import saved
from tests.integration.mongo.door import Door
from tests.servers.mongo import MongoServer

IMPATIENT = Patience(answer=timedelta(seconds=2), primary=timedelta(milliseconds=500))
PATIENT = Patience(answer=timedelta(seconds=60), primary=timedelta(seconds=60))
ENOUGH = 40
"""Writes before the server is killed in the middle of others."""
MINE = EventQuery(MERCHANT, livemode=False, limit=100)


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[MongoServer]:
    """A server that this test may stop and kill."""
    with MongoServer(tmp_path / "mongo") as server:
        migrate(server.uri("lunas"))
        yield server


@pytest.fixture
def door(server: MongoServer) -> Iterator[Door]:
    with Door(server.port) as door:
        yield door


@pytest.fixture
def behind(server: MongoServer, database: str, door: Door) -> Iterator[MongoStore]:
    """A store whose way to the server leads through the door."""
    with MongoStore.open(server.uri(database, door.port), a_codec(), patience=IMPATIENT) as store:
        yield store


@pytest.fixture
def store(server: MongoServer, database: str) -> Iterator[MongoStore]:
    """The same store by another way: another process."""
    with MongoStore.open(server.uri(database), a_codec(), patience=PATIENT) as store:
        yield store


def mongo(server: MongoServer, patience: Patience) -> MongoStore:
    """A store on this server."""
    return MongoStore.open(server.uri("lunas"), a_codec(), patience=patience)


# -- the server is away ---------------------------------------------------------------------------


def test_a_server_that_is_away_is_unavailable_and_what_was_written_is_there_again(
    mine: MongoServer,
) -> None:
    with mongo(mine, IMPATIENT) as store:
        before = a_start()
        store.payments.save(before, a_kept("before"))
        mine.stop()
        with pytest.raises(StoreUnavailable):
            store.payments.get(before.payment.id)
        lost = a_start()
        with pytest.raises(StoreUnavailable) as refused:
            store.payments.save(lost)
        assert not isinstance(refused.value, WriteUnconfirmed)
        assert [type(r) for r in store.payments.save_each([lost])] == [StoreUnavailable]
        with pytest.raises(StoreUnavailable):
            store.heartbeats.now()
        mine.start()
        with mongo(mine, PATIENT) as again:
            assert again.payments.get(before.payment.id) == before.payment
            assert again.idempotency.find("before") == a_kept("before")
            with pytest.raises(NotFound):
                again.payments.get(lost.payment.id)
            saved(again, lost)


def test_a_killed_server_has_every_acknowledged_write_and_none_in_half(mine: MongoServer) -> None:
    acknowledged: list[Change] = []
    told: list[Change] = []
    enough = threading.Event()

    def write(store: MongoStore) -> None:
        while True:
            change = a_start()
            told.append(change)
            try:
                store.payments.save(change, a_kept(change.payment.id))
            except StoreUnavailable:
                return
            acknowledged.append(change)
            if len(acknowledged) >= ENOUGH:
                enough.set()

    with mongo(mine, IMPATIENT) as store:
        writers = [threading.Thread(target=write, args=(store,)) for _ in range(4)]
        for writer in writers:
            writer.start()
        assert enough.wait(60)
        mine.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
    mine.start()
    with mongo(mine, PATIENT) as again:
        stored = [change for change in told if _whole_or_not_there(again, change)]
    assert len(acknowledged) >= ENOUGH
    assert not [change for change in acknowledged if change not in stored]


def _whole_or_not_there(store: MongoStore, change: Change) -> bool:
    """Whether it is there; fails for half of it."""
    events = store.events.get_each([event.id for event in change.events])
    kept = store.idempotency.find(change.payment.id)
    try:
        assert store.payments.get(change.payment.id) == change.payment
    except NotFound:
        assert (dict(events), kept) == ({}, None)
        return False
    assert list(events.values()) == list(change.events)
    assert kept == a_kept(change.payment.id)
    return True


def test_a_server_that_hangs_leaves_it_open_what_was_written(mine: MongoServer) -> None:
    with mongo(mine, IMPATIENT) as store:
        start = a_start()
        store.payments.save(start)
        assert store.payments.due("ovo", Status.PENDING, NOON, 1) == [start.payment]
        mine.pause()
        claim = a_claim(start.payment)
        (refusal,) = store.payments.save_each([claim])
        assert isinstance(refusal, WriteUnconfirmed)
        mine.resume()
    with mongo(mine, PATIENT) as again:
        assert again.payments.get(start.payment.id) in (start.payment, claim.payment)


def test_opening_without_a_server_says_so(tmp_path: Path) -> None:
    server = MongoServer(tmp_path / "mongo")
    with pytest.raises(StoreUnavailable, match="no primary of MongoDB answers"):
        mongo(server, IMPATIENT)


# -- acknowledgements are lost --------------------------------------------------------------------


def test_a_lost_acknowledgement_is_told_and_the_write_can_be_read_back(
    behind: MongoStore, door: Door
) -> None:
    start, kept = a_start(), a_kept()
    door.lose_acknowledgements()
    with pytest.raises(WriteUnconfirmed):
        behind.payments.save(start, kept)
    door.open()
    assert behind.payments.get(start.payment.id) == start.payment
    assert behind.idempotency.find(kept.scope) == kept
    with pytest.raises(AlreadyKept):
        behind.payments.save(a_start(), kept)


def test_a_write_that_the_driver_repeated_is_written_and_no_rival_of_itself(
    behind: MongoStore, door: Door
) -> None:
    """The first acknowledgement is lost; the driver asks again, and hears that it is there."""
    start = a_start()
    door.lose_one_acknowledgement()
    behind.payments.save(start, a_kept())
    claim = a_claim(start.payment)
    door.lose_one_acknowledgement()
    assert behind.payments.save_each([claim]) == [None]
    assert behind.payments.get(start.payment.id) == claim.payment
    assert len(behind.events.find(MINE).items) == 2


def test_what_became_of_a_refused_write_cannot_be_told_without_a_way_to_the_server(
    store: MongoStore, behind: MongoStore, door: Door
) -> None:
    """A bulk write only counts: which of the two it was, nobody can be asked."""
    first, second = saved(store, a_start()), saved(store, a_start())
    assert len(behind.payments.due("ovo", Status.PENDING, NOON, 2)) == 2
    saved(store, a_claim(second))
    door.shut_after_a_write()
    refusals = behind.payments.save_each([a_claim(first), a_claim(second)])
    assert [type(refusal) for refusal in refusals] == [WriteUnconfirmed] * 2
    assert store.payments.get(first.id).status is Status.AWAITING_CUSTOMER


# -- processes that die between two writes --------------------------------------------------------


@pytest.mark.parametrize("writes", [0, 1, 2, 3])
def test_a_relay_that_dies_after_any_of_its_writes_is_finished_by_the_next(
    store: MongoStore, behind: MongoStore, door: Door, writes: int
) -> None:
    story = a_story(an_approval())
    saved(store, *story)
    heads = list(store.events.unrelayed(10))
    ids = [head.id for head in heads]
    first = [a_delivery(id_, "we_1") for id_ in ids]
    door.lose_acknowledgements(after=writes)
    if writes < 3:
        with pytest.raises(StoreUnavailable):
            behind.deliveries.relay(ids, first)
    else:
        assert behind.deliveries.relay(ids, first) == first
    _each_event_is_there_once(store, story)
    second = [a_delivery(id_, "we_1") for id_ in ids]
    waiting = list(store.events.unrelayed(10))
    assert waiting in ([], heads)
    store.deliveries.relay([head.id for head in waiting], second)
    assert list(store.events.unrelayed(10)) == []
    assert [store.deliveries.of_event(id_) for id_ in ids] == [[d] for d in first]
    _each_event_is_there_once(store, story)


def _each_event_is_there_once(store: MongoStore, story: Sequence[Change]) -> None:
    events = [event for change in story for event in change.events]
    ids = [event.id for event in events]
    assert [event.id for event in store.events.find(MINE).items] == ids[::-1]
    assert store.events.get_each(ids) == {event.id: event for event in events}
    assert [store.events.get(id_) for id_ in ids] == events


def test_deliveries_that_were_promised_with_a_key_are_written_though_the_process_died(
    store: MongoStore, behind: MongoStore, door: Door
) -> None:
    promised = [a_delivery("evt_1", f"we_{n}") for n in range(3)]
    door.lose_acknowledgements()
    with pytest.raises(WriteUnconfirmed):
        behind.deliveries.add(promised, a_kept("again"))
    assert store.idempotency.find("again") is not None
    found = store.deliveries.due(NOON, busy={}, per_endpoint=10, limit=10)
    assert {delivery.id for delivery in found} == {delivery.id for delivery in promised}


def test_a_late_success_holds_its_order_from_before_it_is_written(
    store: MongoStore, behind: MongoStore, door: Door
) -> None:
    ended = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
    waiting = saved(store, a_start(order_id="o-1"))
    assert store.payments.due("ovo", Status.PENDING, NOON, 10) == [waiting]
    late = an_outcome_of(ended, an_approval())
    door.lose_acknowledgements(after=2)
    with pytest.raises(WriteUnconfirmed):
        behind.payments.save(late)
    assert isinstance(store.payments.save_each([a_claim(waiting)])[0], OrderOnHold)


def test_a_payment_started_after_the_announcement_is_held_too(
    store: MongoStore, behind: MongoStore, door: Door
) -> None:
    ended = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
    door.lose_acknowledgements(after=1)
    with pytest.raises(WriteUnconfirmed):
        behind.payments.save(an_outcome_of(ended, an_approval()))
    assert not store.payments.get(ended.id).has_open_late_success
    waiting = saved(store, a_start(order_id="o-1"))
    assert isinstance(store.payments.save_each([a_claim(waiting)])[0], OrderOnHold)
