"""What every EventLog promises, whatever it is made of."""

from dataclasses import replace

import pytest

from application.ports import EventQuery, NotFound
from domain.events import Event, EventType
from tests.builders import (
    MERCHANT,
    a_start,
    a_story,
    after,
    an_approval,
    an_endpoint,
    an_endpoint_event,
)
from tests.contracts.payments import saved
from tests.contracts.stores import Store, StoreContract

MINE = EventQuery(MERCHANT, livemode=False)


class EventLogContract(StoreContract):
    """Every event is kept as it was told, and waits until it is relayed."""

    def test_an_endpoints_event_comes_back_as_it_was(self, store: Store) -> None:
        event = an_endpoint_event(an_endpoint().disable("gone"))
        store.events.add(event)
        assert store.events.get(event.id) == event
        assert store.events.unrelayed(10) == [event.head]

    def test_the_same_event_added_again_is_there_once(self, store: Store) -> None:
        event = an_endpoint_event(an_endpoint())
        store.events.add(event)
        store.events.add(event)
        assert store.events.unrelayed(10) == [event.head]

    def test_an_event_that_nobody_told_is_not_found(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.events.get("evt_0")

    def test_many_are_read_together_and_those_that_nobody_told_are_left_out(
        self, store: Store
    ) -> None:
        events = [an_endpoint_event(an_endpoint(), after(n)) for n in range(3)]
        for event in events:
            store.events.add(event)
        asked = [events[2].id, "evt_0", events[0].id]
        assert store.events.get_each(asked) == {e.id: e for e in (events[0], events[2])}
        assert store.events.get_each([]) == {}

    def test_events_wait_in_the_order_in_which_they_were_told(self, store: Store) -> None:
        story = a_story(an_approval())
        saved(store, *story)
        other = a_start(at=after(-60))
        saved(store, other)
        told = [event.head for change in (*story, other) for event in change.events]
        assert store.events.unrelayed(10) == told
        assert store.events.unrelayed(2) == told[:2]

    def test_a_relayed_event_waits_no_more_and_is_still_known(self, store: Store) -> None:
        (event,) = a_start().events
        store.events.add(event)
        store.deliveries.relay([event.id], [])
        assert list(store.events.unrelayed(10)) == []
        assert store.events.get(event.id) == event

    def test_pages_are_newest_first_without_holes_or_repeats(self, store: Store) -> None:
        events = [an_endpoint_event(an_endpoint(), after(n)) for n in range(5)]
        for event in events:
            store.events.add(event)
        found: list[Event] = []
        cursor: str | None = None
        for _ in range(3):
            page = store.events.find(replace(MINE, limit=2, cursor=cursor))
            found += page.items
            cursor = page.next_cursor
            store.events.add(an_endpoint_event(an_endpoint(), after(100)))
        assert (found, cursor) == (events[::-1], None)

    def test_a_listing_is_one_merchants_in_one_mode(self, store: Store) -> None:
        for owner in ({}, {"livemode": True}, {"merchant_id": "mer_2"}):
            store.events.add(an_endpoint_event(an_endpoint(**owner)))
        (event,) = store.events.find(MINE).items
        assert (event.merchant_id, event.livemode) == (MERCHANT, False)

    def test_a_payments_events_are_its_whole_story(self, store: Store) -> None:
        story = a_story(an_approval())
        payment = saved(store, *story)
        saved(store, *a_story(an_approval()))
        found = store.events.find(replace(MINE, payment_id=payment.id)).items
        assert [(event.sequence, event.type) for event in found] == [
            (3, EventType.SUCCEEDED),
            (2, EventType.AWAITING_CUSTOMER),
            (1, EventType.CREATED),
        ]
        assert list(store.events.find(replace(MINE, payment_id="pay_0")).items) == []

    def test_a_type_and_a_time_narrow_the_listing(self, store: Store) -> None:
        starts = [a_start(at=after(n)) for n in range(3)]
        saved(store, *starts)
        store.events.add(an_endpoint_event(an_endpoint(), after(9)))
        created = replace(MINE, type="payment.created")
        assert len(store.events.find(created).items) == 3
        assert store.events.find(replace(created, since=after(1))).items == [
            *starts[2].events,
            *starts[1].events,
        ]
