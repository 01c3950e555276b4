"""Changes saved together with the deliveries of their events."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.outbound.keyring import Unreadable
from application.confirm_payment import ConfirmPayment, Report
from application.ports import Outbox, Parcel, StoreUnavailable
from application.push_payments import Claim
from application.tell_at_once import TellAtOnce
from domain.events import EventType
from domain.outcome import Approved
from domain.payment import Status
from domain.webhook import ANSWER_WITHIN
from tests.builders import an_endpoint
from tests.memory_house import CALLER, MemoryHouse

PLACES = 3


class Hand(Outbox):
    """Has a few places, and sends nothing."""

    def __init__(self) -> None:
        self.free = PLACES
        self.sent: list[Parcel] = []
        self.looks = 0

    def take_place(self, endpoint_id: str) -> bool:
        given = self.free > 0
        self.free -= given
        return given

    def leave_place(self, endpoint_id: str) -> None:
        self.free += 1

    def send(self, parcels: Sequence[Parcel]) -> None:
        self.sent += parcels

    def look(self) -> None:
        self.looks += 1


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def confirm(house: MemoryHouse, hand: Hand) -> ConfirmPayment:
    core = house.core
    tell = TellAtOnce(core.payments(), core.relay(), hand)
    return replace(core.confirm(), save_each=tell)


def claimed(house: MemoryHouse, count: int = 1) -> Sequence[Claim]:
    """Pushes that are out, and whose events are relayed to nobody."""
    for number in range(count):
        house.start(f"o{number}")
    claims = house.core.push()(count).to_send
    house.core.relay()(100)
    return claims


def approved(claims: Sequence[Claim]) -> Sequence[Report]:
    """All of them are answered."""
    return [Report(claim.payment.id, claim.attempt.id, Approved("00")) for claim in claims]


def test_what_is_recorded_is_claimed_and_sent_without_a_relay(
    house: MemoryHouse, hand: Hand, confirm: ConfirmPayment
) -> None:
    (claim,) = claimed(house)
    endpoint = house.endpoint()
    assert confirm(approved([claim])) == []
    (parcel,) = hand.sent
    assert parcel.endpoint == endpoint
    assert parcel.event.type is EventType.SUCCEEDED
    assert parcel.event.subject == house.get(claim.payment)
    assert house.store.events.unrelayed(10) == []
    assert house.core.claim_deliveries()(100, {}) == [], "nobody else makes it meanwhile"
    assert list(house.store.deliveries.of_event(parcel.event.id)) == [parcel.delivery]
    assert (hand.free, hand.looks) == (PLACES - 1, 0), "it has its place until it is answered"


def test_a_claim_that_dies_with_its_process_is_due_again(
    house: MemoryHouse, confirm: ConfirmPayment
) -> None:
    claims = claimed(house)
    house.endpoint()
    confirm(approved(claims))
    house.clock.move(2 * ANSWER_WITHIN.total_seconds())
    assert len(house.core.claim_deliveries()(100, {})) == 1


def test_what_finds_no_place_is_due_at_once_and_looked_for(
    house: MemoryHouse, hand: Hand, confirm: ConfirmPayment
) -> None:
    claims = claimed(house, PLACES + 2)
    house.endpoint()
    assert confirm(approved(claims)) == []
    assert (len(hand.sent), hand.looks) == (PLACES, 1)
    assert house.store.events.unrelayed(10) == []
    assert len(house.core.claim_deliveries()(100, {})) == 2


def test_what_nobody_hears_is_told_to_nobody(
    house: MemoryHouse, hand: Hand, confirm: ConfirmPayment
) -> None:
    claims = claimed(house)
    house.store.endpoints.save(
        replace(an_endpoint(), merchant_id=CALLER.merchant_id, events=(EventType.FAILED,))
    )
    confirm(approved(claims))
    assert (hand.sent, hand.looks, house.store.events.unrelayed(10)) == ([], 0, [])


def test_what_the_store_leaves_to_the_relay_gives_its_places_back(
    house: MemoryHouse, hand: Hand, confirm: ConfirmPayment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (claim,) = claimed(house)
    before = [house.endpoint()]
    house.endpoint(url="https://other.example/")
    with monkeypatch.context() as stale:
        stale.setattr(house.store.endpoints, "of_merchant", lambda *_, **__: before)
        assert confirm(approved([claim])) == []
    assert house.get(claim.payment).status is Status.SUCCEEDED
    assert (hand.sent, hand.free, hand.looks) == ([], PLACES, 1)
    assert len(house.core.relay()(100, 10).parcels) == 2


def test_a_store_that_is_away_gives_its_places_back_and_the_outcome_is_held(
    house: MemoryHouse, hand: Hand, confirm: ConfirmPayment, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = approved(claimed(house))
    house.endpoint()

    def away(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as down:
        down.setattr(house.store.state, "write", away)
        held = confirm(reports)
    assert [report.payment_id for report in held] == [report.payment_id for report in reports]
    assert (hand.sent, hand.free) == ([], PLACES)
    assert confirm(held) == []
    assert len(hand.sent) == 1


def test_endpoints_that_cannot_be_read_keep_no_outcome_from_being_written(
    house: MemoryHouse, hand: Hand, confirm: ConfirmPayment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (claim,) = claimed(house)
    house.endpoint()

    def broken(*_: object, **__: object) -> None:
        raise Unreadable

    with monkeypatch.context() as unreadable:
        unreadable.setattr(house.store.endpoints, "of_merchant", broken)
        assert confirm(approved([claim])) == []
    assert house.get(claim.payment).status is Status.SUCCEEDED
    assert (hand.sent, hand.free, hand.looks) == ([], PLACES, 1)
    assert len(house.core.relay()(100, 10).parcels) == 1
