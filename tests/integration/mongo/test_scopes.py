"""Where an answer is kept: one scope, one collection."""

import pytest

from adapters.outbound.mongo.idempotency import home_of
from adapters.outbound.mongo.store import MongoStore
from tests.builders import a_kept, a_start, an_endpoint


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("/v1/payments", "payments"),
        ("/v1/payments/pay_1/push", "payments"),
        ("/v1/payments/pay_1/refunds", "payments"),
        ("/v1/refunds/re_1/close", "payments"),
        ("/v1/exceptions/exc_1/resolve", "payments"),
        ("/v1/events/evt_1/redeliver", "payments"),
        ("/v1/webhook_endpoints", "endpoints"),
        ("/v1/webhook_endpoints/we_1/rotate_secret", "endpoints"),
        ("/v1/webhook_endpoints/we_1/recover", "endpoints"),
        ("/v1/wallet_links", "wallet_links"),
    ],
)
def test_the_path_tells_the_collection(path: str, home: str) -> None:
    assert home_of(f"cli_1 POST {path} a key /v1/webhook_endpoints") == home


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
