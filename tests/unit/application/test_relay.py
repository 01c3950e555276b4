"""Events relayed and claimed in one write."""

import pytest

from application.deliver_events import DeliveryReport
from domain.webhook import ANSWER_WITHIN, DeliveryAnswer, DeliveryStatus
from tests.memory_house import MemoryHouse

AGAIN = 2 * ANSWER_WITHIN


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


def test_what_is_relayed_with_room_is_this_processs_to_make(house: MemoryHouse) -> None:
    endpoint = house.endpoint()
    payment = house.start()
    relayed = house.core.relay()(100, 10)
    (parcel,) = relayed.parcels
    assert relayed.events == 1
    assert (parcel.endpoint, parcel.event.subject) == (endpoint, payment)
    assert house.core.claim_deliveries()(100, {}) == [], "nobody else makes it meanwhile"
    house.core.record_deliveries()([DeliveryReport(parcel, DeliveryAnswer(204))])
    (delivery,) = house.store.deliveries.of_event(parcel.event.id)
    assert delivery.status is DeliveryStatus.DELIVERED


def test_a_claim_that_dies_with_its_process_is_due_again(house: MemoryHouse) -> None:
    house.endpoint()
    house.start()
    assert len(house.core.relay()(100, 10).parcels) == 1
    house.clock.move(AGAIN.total_seconds() - 1)
    assert house.core.claim_deliveries()(100, {}) == []
    house.clock.move(1)
    assert len(house.core.claim_deliveries()(100, {})) == 1


def test_what_finds_no_room_is_due_at_once(house: MemoryHouse) -> None:
    for url in ("https://one.example/", "https://two.example/"):
        house.endpoint(url=url)
    for number in range(3):
        house.start(f"o{number}")
    relayed = house.core.relay()(100, 2)
    assert (relayed.events, len(relayed.parcels)) == (3, 2)
    assert len(house.core.claim_deliveries()(100, {})) == 4


def test_a_busy_endpoint_is_left_alone_and_starves_no_other(house: MemoryHouse) -> None:
    busy = house.endpoint(url="https://one.example/")
    other = house.endpoint(url="https://two.example/")
    for number in range(3):
        house.start(f"o{number}")
    most = house.core.relay().per_endpoint
    parcels = house.core.relay()(100, 100, {busy.id: most - 1}).parcels
    assert sorted(p.endpoint.id for p in parcels) == sorted([busy.id, *[other.id] * 3])


def test_who_is_slower_has_nothing_to_make(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.endpoint()
    house.start()
    heads = house.store.events.unrelayed(100)
    house.core.relay()(100)
    monkeypatch.setattr(house.store.events, "unrelayed", lambda _: heads)
    relayed = house.core.relay()(100, 10)
    assert (relayed.events, list(relayed.parcels)) == (1, [])


def test_an_event_that_cannot_be_read_is_relayed_and_made_later(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.endpoint()
    house.start()
    with monkeypatch.context() as blind:
        blind.setattr(house.store.events, "get_each", lambda _: {})
        relayed = house.core.relay()(100, 10)
    assert (relayed.events, list(relayed.parcels)) == (1, [])
    house.clock.move(AGAIN.total_seconds())
    assert len(house.core.claim_deliveries()(100, {})) == 1
