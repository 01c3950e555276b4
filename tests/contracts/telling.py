"""What every PaymentRepository promises of changes that are saved with their deliveries."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import pytest

from application.ports import StalePayment, Telling, WriteUnconfirmed
from domain.outcome import Outcome
from domain.payment import Change
from domain.webhook import Endpoint
from tests.builders import (
    MERCHANT,
    NOON,
    a_claim,
    a_delivery,
    a_doubt,
    a_start,
    after,
    an_approval,
    an_endpoint,
    an_outcome_of,
)
from tests.contracts.payments import saved
from tests.contracts.stores import Accidents, Store, StoreContract, refusals, together

OWNER = (MERCHANT, False)


def to_all(changes: list[Change], judged: list[Endpoint]) -> Telling:
    """Every event to each of these endpoints."""
    events = [event for change in changes for event in change.events]
    deliveries = [a_delivery(event.id, endpoint.id) for event in events for endpoint in judged]
    return Telling({OWNER: judged}, deliveries)


def claims_of(store: Store, count: int = 1) -> list[Change]:
    """Claims of payments whose starts were relayed."""
    starts = [a_start(at=after(n)) for n in range(count)]
    saved(store, *starts)
    relayed(store, starts)
    return [a_claim(start.payment) for start in starts]


def relayed(store: Store, changes: list[Change]) -> None:
    """Their events wait no longer, and nobody hears them."""
    store.deliveries.relay([event.id for change in changes for event in change.events], [])


class TellingContract(StoreContract):
    """Change and deliveries are one write, or the events wait for the relay: never half of it."""

    tells: ClassVar[bool] = True
    """Whether the store can write them together."""

    def judge(self, store: Store, changes: list[Change], telling: Telling, *, told: bool) -> None:
        """What was told has its deliveries and no relay; what was not, the other way round."""
        ids = [event.id for change in changes for event in change.events]
        written = [delivery for id_ in ids for delivery in store.deliveries.of_event(id_)]
        waiting = [head.id for head in store.events.unrelayed(100)]
        assert written == (list(telling.deliveries) if told else [])
        assert waiting == ([] if told else ids)

    def test_deliveries_are_written_with_the_events_they_tell_of(self, store: Store) -> None:
        endpoints = [an_endpoint(id="we_1"), an_endpoint(id="we_2")]
        for endpoint in endpoints:
            store.endpoints.save(endpoint)
        changes = claims_of(store, 3)
        telling = to_all(changes, endpoints)
        assert store.payments.save_told(changes, telling) == ([None] * 3, self.tells)
        assert [store.payments.get(c.payment.id) for c in changes] == [c.payment for c in changes]
        self.judge(store, changes, telling, told=self.tells)
        due = store.deliveries.due(NOON, busy={}, per_endpoint=100, limit=100)
        assert sorted(d.id for d in due) == (
            sorted(d.id for d in telling.deliveries) if self.tells else []
        )

    def test_events_that_nobody_hears_need_no_relay(self, store: Store) -> None:
        changes = claims_of(store, 2)
        telling = Telling({OWNER: []}, [])
        assert store.payments.save_told(changes, telling) == ([None, None], self.tells)
        self.judge(store, changes, telling, told=self.tells)

    @pytest.mark.parametrize("outcome", [an_approval(), a_doubt()])
    def test_the_answer_is_told_whatever_it_is(self, store: Store, outcome: Outcome) -> None:
        endpoint = an_endpoint(id="we_1")
        store.endpoints.save(endpoint)
        claims = claims_of(store)
        saved(store, *claims)
        relayed(store, claims)
        answers = [an_outcome_of(claim.payment, outcome) for claim in claims]
        telling = to_all(answers, [endpoint])
        assert store.payments.save_told(answers, telling) == ([None], self.tells)
        self.judge(store, answers, telling, told=self.tells)

    def test_an_endpoint_that_was_added_changed_or_removed_leaves_it_to_the_relay(
        self, store: Store
    ) -> None:
        fresh = an_endpoint(id="we_1")
        disabled = fresh.disable("it is enough")
        self.left_to_the_relay(store, [], partial(store.endpoints.save, fresh))
        self.left_to_the_relay(store, [fresh], partial(store.endpoints.save, disabled))
        self.left_to_the_relay(store, [disabled], partial(store.endpoints.delete, "we_1"))

    def left_to_the_relay(
        self, store: Store, judged: list[Endpoint], change: Callable[[], None]
    ) -> None:
        """What was decided for these endpoints is not told once they are changed."""
        change()
        changes = claims_of(store)
        telling = to_all(changes, judged)
        assert store.payments.save_told(changes, telling) == ([None], False)
        self.judge(store, changes, telling, told=False)
        relayed(store, changes)

    def test_somebody_elses_endpoints_do_not_matter(self, store: Store) -> None:
        store.endpoints.save(an_endpoint(id="we_1", merchant_id="mer_other"))
        store.endpoints.save(an_endpoint(id="we_2", livemode=True))
        changes = claims_of(store)
        telling = Telling({OWNER: []}, [])
        assert store.payments.save_told(changes, telling) == ([None], self.tells)

    def test_one_refused_change_leaves_the_others_to_the_relay(self, store: Store) -> None:
        store.endpoints.save(an_endpoint(id="we_1"))
        late, *claims = claims_of(store, 3)
        store.payments.save(late)
        relayed(store, [late])
        telling = to_all([late, *claims], [an_endpoint(id="we_1")])
        results, told = store.payments.save_told([late, *claims], telling)
        assert [type(result) for result in results] == [StalePayment, type(None), type(None)]
        assert not told
        self.judge(store, claims, Telling({}, []), told=False)

    def test_nothing_to_save_is_no_trouble(self, store: Store) -> None:
        results, _ = store.payments.save_told([], Telling({}, []))
        assert list(results) == []

    def test_a_lost_acknowledgement_is_told_as_such(
        self, store: Store, accidents: Accidents
    ) -> None:
        changes = claims_of(store)
        accidents.lose_acknowledgements()
        results, told = store.payments.save_told(changes, Telling({OWNER: []}, []))
        accidents.stop()
        assert ([type(result) for result in results], told) == ([WriteUnconfirmed], False)

    def test_an_endpoint_added_meanwhile_misses_nothing_that_comes_after_it(
        self, store: Store
    ) -> None:
        changes = claims_of(store, 12)
        fresh = an_endpoint(id="we_1")
        added: list[bool] = []
        late: list[str] = []

        def tell(change: Change) -> None:
            after_it = bool(added)
            _, told = store.payments.save_told([change], Telling({OWNER: []}, []))
            if told and after_it:
                late.extend(event.id for event in change.events)

        def add() -> None:
            store.endpoints.save(fresh)
            added.append(True)

        halves = [partial(tell, change) for change in changes]
        assert refusals(together([*halves[:6], add, *halves[6:]])) == []
        assert late == [], "told without a delivery to it"
