"""How often each step of a payment goes to the store and back."""

from collections.abc import Iterator

import pytest

from adapters.outbound.mongo.store import MongoStore
from application.ports import StalePayment
from domain.payment import Change, Status
from domain.webhook import ANSWER_WITHIN, DeliveryAnswer
from tests.builders import (
    NOON,
    a_claim,
    a_codec,
    a_delivery,
    a_kept,
    a_start,
    after,
    an_approval,
    an_outcome_of,
)
from tests.contracts.payments import saved
from tests.integration.mongo.conftest import PATIENT
from tests.integration.mongo.counting import Counting
from tests.servers.mongo import MongoServer

MANY = 32
"""As many as a busy dispatcher claims in a turn."""
AT_MOST = 1.1


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def store(server: MongoServer, database: str, counting: Counting) -> Iterator[MongoStore]:
    with MongoStore.open(
        server.uri(database), a_codec(), listeners=[counting], patience=PATIENT
    ) as store:
        yield store


def claimed(store: MongoStore, count: int) -> list[Change]:
    """So many payments started and found due, and the claims to be written next."""
    saved(store, *[a_start() for _ in range(count)])
    due = store.payments.due("ovo", Status.PENDING, NOON, count)
    return [a_claim(payment) for payment in due]


def test_a_start_with_its_key_is_one(store: MongoStore, counting: Counting) -> None:
    with counting.counted() as trips:
        store.payments.save(a_start(), a_kept())
    assert trips == ["insert"]


@pytest.mark.parametrize("count", [1, MANY])
def test_pushes_claimed_together_are_one(store: MongoStore, counting: Counting, count: int) -> None:
    claims = claimed(store, count)
    with counting.counted() as trips:
        assert store.payments.save_each(claims) == [None] * count
    assert trips == ["update"]


def test_a_turn_looks_for_what_is_due_and_once_for_what_is_held(
    store: MongoStore, counting: Counting
) -> None:
    saved(store, *[a_start() for _ in range(MANY)])
    for expected in (["find", "find"], ["find"]):
        with counting.counted() as trips:
            assert len(store.payments.due("ovo", Status.PENDING, NOON, MANY)) == MANY
        assert trips == expected


def test_a_rivals_claims_cost_one_more_look_for_all_of_them(
    store: MongoStore, counting: Counting
) -> None:
    claims = claimed(store, MANY)
    lost = claims[: MANY // 4]
    for claim in lost:
        saved(store, a_claim(store.payments.get(claim.payment.id)))
    with counting.counted() as trips:
        refusals = store.payments.save_each(claims)
    assert [type(refusal) for refusal in refusals] == [
        StalePayment if claim in lost else type(None) for claim in claims
    ]
    assert len(trips) / MANY <= AT_MOST


@pytest.mark.parametrize("count", [1, MANY])
def test_outcomes_recorded_together_are_one(
    store: MongoStore, counting: Counting, count: int
) -> None:
    claims = claimed(store, count)
    store.payments.save_each(claims)
    outcomes = [an_outcome_of(claim.payment, an_approval()) for claim in claims]
    with counting.counted() as trips:
        assert store.payments.save_each(outcomes) == [None] * count
    assert trips == ["update"]


@pytest.mark.parametrize("count", [1, MANY])
def test_webhooks_claimed_or_marked_together_are_one(
    store: MongoStore, counting: Counting, count: int
) -> None:
    deliveries = [a_delivery(f"evt_{n}", "we_1") for n in range(count)]
    store.deliveries.add(deliveries)
    claims = [delivery.claim(NOON, ANSWER_WITHIN) for delivery in deliveries]
    marks = [claim.record(DeliveryAnswer(200), after(1), luck=0.5) for claim in claims]
    for step in (claims, marks):
        with counting.counted() as trips:
            assert store.deliveries.save_each(step) == [True] * count
        assert trips == ["update"]
