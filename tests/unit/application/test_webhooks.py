"""Events on their way to the merchants."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.deliver_events import DeliveryReport
from application.ports import EventQuery, Fingerprint, Kept, NotFound
from domain.errors import InvalidValue
from domain.events import EventType
from domain.webhook import (
    DELAYS,
    FAILING_FOR,
    DeliveryAnswer,
    DeliveryStatus,
    Endpoint,
    EndpointStatus,
)
from tests.memory_house import CALLER, NOON, OTHER, MemoryHouse
from tests.unit.cases import for_each


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


def a_kept(scope: str = "s") -> Kept:
    return Kept(scope, Fingerprint("k", "m"), 202, {}, b"{}", NOON + timedelta(days=30))


def turn(house: MemoryHouse, answer: DeliveryAnswer) -> list[str]:
    """Relay, claim and record once; the endpoints that were spoken to."""
    house.core.relay()(100)
    parcels = house.core.claim_deliveries()(100, {})
    house.core.record_deliveries()([DeliveryReport(p, answer) for p in parcels])
    return [parcel.endpoint.id for parcel in parcels]


OK, DOWN = DeliveryAnswer(204), DeliveryAnswer(None, "no connection")


def test_each_event_goes_once_to_each_endpoint_that_hears_it(house: MemoryHouse) -> None:
    first, second = house.endpoint(), house.endpoint(url="https://other.example/")
    house.endpoint(OTHER)
    house.core.webhook_endpoints().change(CALLER, second.id, events=[EventType.SUCCEEDED])
    house.start()
    assert turn(house, OK) == [first.id]
    assert turn(house, OK) == []


def test_the_delays_are_the_promised_ones_and_then_it_is_exhausted(house: MemoryHouse) -> None:
    house.endpoint()
    payment = house.start()
    event = house.store.events.unrelayed(1)[0]
    for delay in DELAYS:
        house.clock.move(delay.total_seconds() - 0.001 if delay else 0)
        assert not delay or turn(house, DOWN) == []
        house.clock.move(0.001)
        assert len(turn(house, DOWN)) == 1
    (delivery,) = house.store.deliveries.of_event(event.id)
    assert (delivery.status, delivery.tries) == (DeliveryStatus.EXHAUSTED, len(DELAYS))
    house.clock.move(10**6)
    assert turn(house, DOWN) == []
    assert house.get(payment).version == 1, "only a step of the payment changes its version"


def test_jitter_only_lengthens_a_delay(house: MemoryHouse) -> None:
    house.endpoint()
    house.start()
    house.luck = 0.999
    turn(house, DOWN)
    house.clock.move(5.4)
    assert turn(house, DOWN) == []
    house.clock.move(0.1)
    assert len(turn(house, DOWN)) == 1


def test_retry_after_is_honoured_up_to_a_day(house: MemoryHouse) -> None:
    house.endpoint()
    house.start()
    turn(house, DeliveryAnswer(503, retry_after=timedelta(days=9)))
    house.clock.move(timedelta(hours=24).total_seconds() - 1)
    assert turn(house, OK) == []
    house.clock.move(1)
    assert len(turn(house, OK)) == 1


@pytest.mark.parametrize("status", [100, 199, 300, 302, 400, 404, 500])
def test_only_2xx_counts(house: MemoryHouse, status: int) -> None:
    house.endpoint()
    house.start()
    turn(house, DeliveryAnswer(status))
    house.clock.move(5)
    assert len(turn(house, OK)) == 1


def test_a_claim_that_was_lost_in_a_crash_is_due_again(house: MemoryHouse) -> None:
    house.endpoint()
    house.start()
    house.core.relay()(100)
    assert len(house.core.claim_deliveries()(100, {})) == 1
    house.clock.move(29)
    assert house.core.claim_deliveries()(100, {}) == []
    house.clock.move(1)
    assert len(house.core.claim_deliveries()(100, {})) == 1


def test_410_disables_the_endpoint_and_tells_the_others(house: MemoryHouse) -> None:
    gone = house.endpoint()
    other = house.endpoint(url="https://other.example/")
    house.start()
    house.core.relay()(100)
    for parcel in house.core.claim_deliveries()(100, {}):
        answer = DeliveryAnswer(410) if parcel.endpoint.id == gone.id else OK
        house.core.record_deliveries()([DeliveryReport(parcel, answer)])
    assert house.store.endpoints.get(gone.id).status is EndpointStatus.DISABLED
    assert turn(house, OK) == [other.id]
    newest = house.store.events.find(EventQuery("mer_1", livemode=False)).items[0]
    assert newest.type is EventType.ENDPOINT_DISABLED
    assert newest.sequence is None


def test_five_days_of_nothing_but_failure_disable_it(house: MemoryHouse) -> None:
    endpoint = house.endpoint()
    house.start("o1")
    turn(house, DOWN)
    house.clock.move(FAILING_FOR.total_seconds() - 1)
    turn(house, DOWN)
    assert house.store.endpoints.get(endpoint.id).status is EndpointStatus.ENABLED
    house.clock.move(1)
    house.start("o2")
    turn(house, DOWN)
    assert house.store.endpoints.get(endpoint.id).status is EndpointStatus.DISABLED


def test_one_success_ends_a_streak_of_failures(house: MemoryHouse) -> None:
    endpoint = house.endpoint()
    house.start("o1")
    turn(house, DOWN)
    assert house.store.endpoints.get(endpoint.id).failing_since
    house.clock.move(5)
    turn(house, OK)
    assert house.store.endpoints.get(endpoint.id).failing_since is None


def test_deliveries_of_a_disabled_endpoint_are_dropped_not_stuck(house: MemoryHouse) -> None:
    endpoint = house.endpoint()
    house.start()
    house.core.relay()(100)
    disabled = EndpointStatus.DISABLED
    house.core.webhook_endpoints().change(CALLER, endpoint.id, status=disabled)
    assert house.core.claim_deliveries()(100, {}) == []
    event = house.store.events.find(EventQuery("mer_1", livemode=False)).items[0]
    assert house.store.deliveries.of_event(event.id)[0].status is DeliveryStatus.DROPPED


def test_an_endpoint_gets_no_more_than_its_share(house: MemoryHouse) -> None:
    slow, fast = house.endpoint(), house.endpoint(url="https://fast.example/")
    for number in range(20):
        house.start(f"o{number}")
    house.core.relay()(100)
    parcels = house.core.claim_deliveries()(100, {slow.id: 6})
    counts = {e.id: sum(p.endpoint.id == e.id for p in parcels) for e in (slow, fast)}
    assert counts == {slow.id: 2, fast.id: 8}


def test_an_event_is_sent_again_under_its_own_id(house: MemoryHouse) -> None:
    endpoint = house.endpoint()
    house.start()
    event = house.store.events.unrelayed(1)[0]
    turn(house, OK)
    assert house.core.redeliver().one(CALLER, event.id, a_kept()) == 1
    with pytest.raises(NotFound):
        house.core.redeliver().one(OTHER, event.id, a_kept("other"))
    (parcel,) = house.core.claim_deliveries()(100, {})
    assert (parcel.endpoint.id, parcel.event.head) == (endpoint.id, event)


def test_everything_missed_since_a_time_is_recovered_oldest_first(house: MemoryHouse) -> None:
    house.start("o1")
    house.core.relay()(100)
    house.clock.move(60)
    since = house.clock.at
    late = [house.start(f"p{n}") for n in range(3)]
    house.core.relay()(100)
    endpoint = house.endpoint()
    house.core.redeliver().recover(CALLER, endpoint.id, since, a_kept())
    parcels = house.core.claim_deliveries()(100, {})
    assert [p.event.subject for p in parcels] == late


def test_a_rotated_secret_signs_beside_the_former_one_for_a_day(house: MemoryHouse) -> None:
    endpoint = house.endpoint()

    def keep(_: Endpoint) -> Kept:
        return a_kept("rotate")

    rotated = house.core.webhook_endpoints().rotate(CALLER, endpoint.id, keep)
    assert len(rotated.signing_secrets(house.clock.at)) == 2
    house.clock.move(timedelta(hours=24).total_seconds())
    assert len(rotated.signing_secrets(house.clock.at)) == 1


@for_each(
    "url",
    [
        "ftp://x.example/",
        "https://",
        "https://user:pw@x.example/",
        "https://x.example/#part",
        "https://x.example:99999/",
        "https://x.example/a b",
        "https://x.example/é",
        "https://x.example/" + "a" * 2_000,
        "https://[::1",
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(house: MemoryHouse, url: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        house.endpoint(url=url)
    assert refused.value.field == "url"


def test_a_live_endpoint_is_https(house: MemoryHouse) -> None:
    live = replace(CALLER, livemode=True)
    with pytest.raises(InvalidValue):
        house.endpoint(live, url="http://chat.example/")
    assert house.endpoint(live, url="https://chat.example/").livemode


def test_a_merchant_has_a_bounded_number_of_endpoints(house: MemoryHouse) -> None:
    for number in range(32):
        house.endpoint(url=f"https://{number}.example/")
    with pytest.raises(InvalidValue):
        house.endpoint(url="https://more.example/")


def test_an_event_that_cannot_be_read_is_tried_again_later_and_holds_up_no_other(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = house.endpoint()
    house.start("o1")
    house.start("o2")
    lost, _ = house.store.events.unrelayed(2)
    read = house.store.events.get_each
    with monkeypatch.context() as broken:
        broken.setattr(
            house.store.events, "get_each", lambda ids: read([id_ for id_ in ids if id_ != lost.id])
        )
        assert turn(house, OK) == [endpoint.id]
    assert turn(house, OK) == []
    house.clock.move(60)
    assert turn(house, OK) == [endpoint.id]
    assert house.store.deliveries.of_event(lost.id)[0].status is DeliveryStatus.DELIVERED
