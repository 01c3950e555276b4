"""What every DeliveryRepository promises, whatever it is made of."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from application.ports import AlreadyKept
from domain.events import EventHead
from domain.webhook import ANSWER_WITHIN, Delivery, DeliveryAnswer, DeliveryStatus
from tests.builders import NOON, a_delivery, a_kept, a_start, after, an_endpoint
from tests.contracts.payments import saved
from tests.contracts.stores import Store, StoreContract, together


def told(store: Store, count: int = 1) -> list[EventHead]:
    """So many events, waiting to be relayed."""
    saved(store, *[a_start(at=after(n)) for n in range(count)])
    return list(store.events.unrelayed(count))


def due(store: Store, **bounds: int) -> list[Delivery]:
    """What is due at noon, by default without bounds."""
    limits = {"per_endpoint": 100, "limit": 100} | bounds
    return list(store.deliveries.due(NOON, busy={}, **limits))


class DeliveryRepositoryContract(StoreContract):
    """One record for each (event, endpoint); no event is relayed twice, no endpoint starves."""

    # -- relaying --------------------------------------------------------------------------------

    def test_relaying_writes_the_deliveries_and_marks_the_events(self, store: Store) -> None:
        events = told(store, 2)
        deliveries = [a_delivery(event.id, we) for event in events for we in ("we_1", "we_2")]
        written = store.deliveries.relay([event.id for event in events], deliveries)
        assert written == deliveries
        assert list(store.events.unrelayed(10)) == []
        assert store.deliveries.of_event(events[0].id) == deliveries[:2]

    def test_an_event_that_nobody_hears_is_relayed_too(self, store: Store) -> None:
        (event,) = told(store)
        assert list(store.deliveries.relay([event.id], [])) == []
        assert list(store.events.unrelayed(10)) == []

    def test_relaying_again_changes_nothing(self, store: Store) -> None:
        (event,) = told(store)
        first, second = a_delivery(event.id, "we_1"), a_delivery(event.id, "we_1")
        store.deliveries.relay([event.id], [first])
        assert list(store.deliveries.relay([event.id], [second])) == []
        assert store.deliveries.of_event(event.id) == [first]

    def test_many_relays_at_once_make_one_delivery_each(self, store: Store) -> None:
        events = told(store, 5)
        ids = [event.id for event in events]
        rivals = [[a_delivery(id_, "we_1") for id_ in ids] for _ in range(8)]
        results = together([partial(store.deliveries.relay, ids, mine) for mine in rivals])
        written = [d for result in results if isinstance(result, list) for d in result]
        assert Counter(delivery.event_id for delivery in written) == dict.fromkeys(ids, 1)
        assert [store.deliveries.of_event(id_) for id_ in ids] == [
            [delivery for delivery in written if delivery.event_id == id_] for id_ in ids
        ]

    # -- adding ----------------------------------------------------------------------------------

    def test_an_old_event_may_be_delivered_again_under_one_key(self, store: Store) -> None:
        (event,) = told(store)
        first, again = a_delivery(event.id, "we_1"), a_delivery(event.id, "we_1")
        store.deliveries.relay([event.id], [first])
        store.deliveries.add([again], a_kept("again"))
        with pytest.raises(AlreadyKept):
            store.deliveries.add([a_delivery(event.id, "we_1")], a_kept("again"))
        assert store.deliveries.of_event(event.id) == [first, again]

    def test_every_field_comes_back(self, store: Store) -> None:
        delivery = a_delivery("evt_1", "we_1", livemode=True, merchant_id="mer_2")
        store.deliveries.add([delivery])
        claimed = delivery.claim(NOON, ANSWER_WITHIN)
        failed = claimed.record(DeliveryAnswer(None, "refused"), after(0.123456), luck=0.5)
        for step in (claimed, failed):
            assert list(store.deliveries.save_each([step])) == [True]
            assert store.deliveries.of_event("evt_1") == [step]

    # -- what is due -----------------------------------------------------------------------------

    def test_due_are_the_pending_ones_whose_time_has_come(self, store: Store) -> None:
        ready = a_delivery("evt_1", "we_1")
        early = a_delivery("evt_2", "we_1", due_at=after(0.000001))
        done = a_delivery("evt_3", "we_1", status=DeliveryStatus.DELIVERED)
        store.deliveries.add([early, ready, done])
        assert due(store) == [ready]

    def test_within_an_endpoint_the_oldest_come_first(self, store: Store) -> None:
        deliveries = [a_delivery(f"evt_{n}", "we_1", due_at=after(-n)) for n in range(5)]
        store.deliveries.add(deliveries)
        assert due(store) == deliveries[::-1]
        assert due(store, limit=2) == deliveries[:2:-1]

    def test_a_busy_endpoint_gets_less_and_starves_no_other(self, store: Store) -> None:
        crowd = [a_delivery(f"evt_{n}", "we_1", due_at=after(-100 + n)) for n in range(20)]
        lone = [a_delivery("evt_1", "we_2"), a_delivery("evt_1", "we_3")]
        store.deliveries.add([*crowd, *lone])
        found = store.deliveries.due(NOON, busy={"we_1": 2, "we_3": 3}, per_endpoint=3, limit=100)
        assert list(found) == [crowd[0], lone[0]]
        assert set(map(_endpoint, due(store, limit=3))) == {"we_1", "we_2", "we_3"}

    def test_a_claim_hides_a_delivery_until_its_answer_is_overdue(self, store: Store) -> None:
        delivery = a_delivery("evt_1", "we_1")
        store.deliveries.add([delivery])
        claimed = delivery.claim(NOON, ANSWER_WITHIN)
        store.deliveries.save_each([claimed])
        assert due(store) == []
        late = NOON + 2 * ANSWER_WITHIN
        assert store.deliveries.due(late, busy={}, per_endpoint=1, limit=1) == [claimed]

    # -- compare and set -------------------------------------------------------------------------

    def test_each_is_compared_and_set_on_its_own(self, store: Store) -> None:
        mine, theirs = a_delivery("evt_1", "we_1"), a_delivery("evt_2", "we_1")
        store.deliveries.add([mine, theirs])
        store.deliveries.save_each([theirs.claim(NOON, ANSWER_WITHIN)])
        unknown = a_delivery("evt_3", "we_1").claim(NOON, ANSWER_WITHIN)
        claims = [d.claim(NOON, timedelta(hours=1)) for d in (mine, theirs)]
        assert list(store.deliveries.save_each([*claims, unknown])) == [True, False, False]
        assert store.deliveries.of_event("evt_1") == claims[:1]
        assert store.deliveries.of_event("evt_2") == [theirs.claim(NOON, ANSWER_WITHIN)]
        assert list(store.deliveries.of_event("evt_3")) == []

    def test_of_many_claims_at_once_one_wins(self, store: Store) -> None:
        delivery = a_delivery("evt_1", "we_1")
        store.deliveries.add([delivery])
        claim = [delivery.claim(NOON, ANSWER_WITHIN)]
        results = together([partial(store.deliveries.save_each, claim)] * 16)
        assert Counter(map(repr, results)) == {"[True]": 1, "[False]": 15}

    # -- endpoints that go -----------------------------------------------------------------------

    def test_deleting_an_endpoint_drops_what_waits_for_it_and_nothing_else(
        self, store: Store
    ) -> None:
        gone, other = an_endpoint(), an_endpoint()
        store.endpoints.save(gone)
        store.endpoints.save(other)
        waiting = a_delivery("evt_1", gone.id)
        done = a_delivery("evt_1", gone.id, status=DeliveryStatus.DELIVERED)
        others = a_delivery("evt_1", other.id)
        store.deliveries.add([waiting, done, others])
        store.endpoints.delete(gone.id)
        assert due(store) == [others]
        dropped = waiting.drop("endpoint deleted", NOON)
        assert store.deliveries.of_event("evt_1") == [dropped, done, others]
        late_claim = waiting.claim(NOON, ANSWER_WITHIN)
        assert list(store.deliveries.save_each([late_claim])) == [False]


def _endpoint(delivery: Delivery) -> str:
    return delivery.endpoint_id
