"""Where an answer is kept: one scope, one collection."""

import pytest

from adapters.outbound.mongo.idempotency import is_about_endpoints
from adapters.outbound.mongo.store import MongoStore
from tests.builders import a_kept, a_start, an_endpoint


@pytest.mark.parametrize(
    ("path", "endpoints"),
    [
        ("/v1/payments", False),
        ("/v1/payments/pay_1/push", False),
        ("/v1/payments/pay_1/refunds", False),
        ("/v1/refunds/re_1/close", False),
        ("/v1/exceptions/exc_1/resolve", False),
        ("/v1/events/evt_1/redeliver", False),
        ("/v1/webhook_endpoints", True),
        ("/v1/webhook_endpoints/we_1/rotate_secret", True),
        ("/v1/webhook_endpoints/we_1/recover", True),
    ],
)
def test_the_path_tells_the_collection(path: str, *, endpoints: bool) -> None:
    assert is_about_endpoints(f"cli_1 POST {path} a key /v1/webhook_endpoints") is endpoints


def test_an_answer_is_not_kept_where_no_index_would_judge_it(store: MongoStore) -> None:
    with pytest.raises(ValueError, match="is not kept among the payments"):
        store.payments.save(a_start(), a_kept("cli_1 POST /v1/webhook_endpoints k"))
    with pytest.raises(ValueError, match="is not kept among the endpoints"):
        store.endpoints.save(an_endpoint(), a_kept("cli_1 POST /v1/payments k"))


def test_the_answers_of_a_deleted_endpoint_are_kept_for_their_time(store: MongoStore) -> None:
    endpoint, kept = an_endpoint(), a_kept("cli_1 POST /v1/webhook_endpoints k")
    store.endpoints.save(endpoint, kept)
    store.endpoints.delete(endpoint.id)
    assert store.idempotency.find(kept.scope) == kept
    assert store.connection.endpoints.count_documents({}) == 1
    assert store.idempotency.forget(kept.expires_at) == 0
    assert store.idempotency.forget(kept.expires_at.replace(year=2030)) == 1
    assert store.connection.endpoints.count_documents({}) == 0


def test_a_payment_stays_when_its_answers_are_forgotten(store: MongoStore) -> None:
    start, kept = a_start(), a_kept()
    store.payments.save(start, kept)
    store.idempotency.keep(a_kept())
    assert store.idempotency.forget(kept.expires_at.replace(year=2030)) == 2
    assert store.payments.get(start.payment.id) == start.payment
    assert store.connection.payments.count_documents({}) == 1
