"""What every PaymentRepository promises of its queues: what is due, and what is stranded."""

import pytest

from application.ports import DueProviders
from domain.outcome import Outcome
from domain.payment import Status
from tests.builders import (
    NOON,
    a_cancellation,
    a_claim,
    a_decline,
    a_doubt,
    a_start,
    a_story,
    after,
    an_approval,
    an_outcome_of,
)
from tests.contracts.payments import saved
from tests.contracts.stores import Store, StoreContract


class PaymentQueuesContract(StoreContract):
    """Queues hold exactly what can be due."""

    def test_due_payments_come_the_longest_due_first(self, store: Store) -> None:
        late, early = saved(store, a_start(at=after(2))), saved(store, a_start(at=after(1)))
        saved(store, a_start(at=after(4)))
        assert store.payments.due("ovo", Status.PENDING, after(3), 10) == [early, late]

    def test_a_payment_is_due_at_its_very_moment_and_not_before(self, store: Store) -> None:
        payment = saved(store, a_start())
        assert store.payments.due("ovo", Status.PENDING, NOON, 10) == [payment]
        assert list(store.payments.due("ovo", Status.PENDING, after(-0.000001), 10)) == []

    def test_no_more_are_given_than_asked_for(self, store: Store) -> None:
        payments = [saved(store, a_start(at=after(n))) for n in range(5)]
        assert store.payments.due("ovo", Status.PENDING, after(9), 2) == payments[:2]

    def test_a_queue_is_one_providers_and_one_statuss(self, store: Store) -> None:
        saved(store, a_start(provider="gopay"))
        claimed = saved(store, *(story := a_story()), a_claim(story[-1].payment))
        assert list(store.payments.due("ovo", Status.PENDING, after(10**6), 10)) == []
        assert store.payments.due("ovo", Status.AWAITING_CUSTOMER, after(10**6), 10) == [claimed]

    def test_a_payment_moves_with_its_due_time(self, store: Store) -> None:
        payment = saved(store, a_start())
        rested = saved(store, payment.rest(until=after(60), at=NOON))
        assert list(store.payments.due("ovo", Status.PENDING, after(59), 10)) == []
        assert store.payments.due("ovo", Status.PENDING, after(60), 10) == [rested]

    def test_what_has_ended_or_waits_for_nothing_is_never_due(self, store: Store) -> None:
        saved(store, *a_story(an_approval()))
        saved(store, *a_story(a_decline(final=True)))
        saved(store, *a_story(a_doubt()))
        saved(store, *(story := a_story()), a_cancellation(story[-1].payment))
        for status in Status:
            assert list(store.payments.due("ovo", status, after(10**9), 10)) == []

    def test_only_providers_with_something_due_have_their_turn(self, store: Store) -> None:
        saved(store, a_start(provider="gopay", at=after(5)))
        saved(store, *a_story(a_doubt(), at=NOON))
        saved(store, *a_story(an_approval(), at=NOON))
        names = ["gopay", "ovo", "dana"]
        assert store.payments.due_providers(names, after(4)).to_push == frozenset()
        assert store.payments.due_providers(names, after(5)).to_push == {"gopay"}
        assert store.payments.due_providers(names, NOON).to_ask == frozenset()
        assert store.payments.due_providers(names, after(10**6)).to_ask == {"ovo"}
        assert store.payments.due_providers(["dana"], after(10**9)) == DueProviders(
            frozenset(), frozenset()
        )

    # -- stranded --------------------------------------------------------------------------------

    def test_a_claim_of_a_worker_that_is_not_alive_is_stranded(self, store: Store) -> None:
        held = {
            worker: saved(store, *(story := a_story()), a_claim(story[-1].payment, worker=worker))
            for worker in ("worker-1", "worker-2", "worker-3")
        }
        assert store.payments.stranded("ovo", ["worker-1", "worker-3"], 10) == [held["worker-2"]]
        assert list(store.payments.stranded("ovo", list(held), 10)) == []
        assert {p.id for p in store.payments.stranded("ovo", [], 10)} == {
            payment.id for payment in held.values()
        }

    def test_nothing_of_another_provider_is_stranded_here(self, store: Store) -> None:
        saved(store, *(story := a_story(provider="gopay")), a_claim(story[-1].payment))
        assert list(store.payments.stranded("ovo", [], 10)) == []

    @pytest.mark.parametrize("outcome", [an_approval(), a_decline(), a_doubt()])
    def test_what_was_answered_is_stranded_no_more(self, store: Store, outcome: Outcome) -> None:
        story = a_story()
        claim = a_claim(story[-1].payment)
        saved(store, *story, claim)
        assert store.payments.stranded("ovo", [], 10) == [claim.payment]
        saved(store, an_outcome_of(claim.payment, outcome))
        assert list(store.payments.stranded("ovo", [], 10)) == []

    def test_a_wish_to_cancel_leaves_it_stranded(self, store: Store) -> None:
        story = a_story()
        claim = a_claim(story[-1].payment)
        wished = saved(store, *story, claim, a_cancellation(claim.payment))
        assert store.payments.stranded("ovo", [], 10) == [wished]

    def test_no_more_stranded_are_given_than_asked_for(self, store: Store) -> None:
        for number in range(4):
            claim = a_claim(saved(store, a_start()), worker=f"worker-{number % 2}")
            saved(store, claim)
        assert len(store.payments.stranded("ovo", [], 3)) == 3
