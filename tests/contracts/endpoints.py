"""What every EndpointRepository promises, whatever it is made of."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from application.ports import AlreadyKept, NotFound, StalePayment
from domain.events import EventType
from tests.builders import MERCHANT, NOON, a_kept, after, an_endpoint
from tests.contracts.stores import Store, StoreContract, refusals, together

KEY = "cli_1 POST /v1/webhook_endpoints k"


class EndpointRepositoryContract(StoreContract):
    """Endpoints change by compare-and-set."""

    def test_each_version_comes_back_as_it_was_saved(self, store: Store) -> None:
        fresh = an_endpoint(events=(EventType.SUCCEEDED, EventType.FAILED))
        rotated = fresh.rotate("whsec_bmV3", NOON, timedelta(hours=24))
        failing = replace(rotated, failing_since=after(1), version=3)
        for endpoint in (fresh, rotated, failing, failing.disable("it answered 410 Gone")):
            store.endpoints.save(endpoint)
            assert store.endpoints.get(endpoint.id) == endpoint

    def test_the_slower_writer_is_told(self, store: Store) -> None:
        endpoint = an_endpoint()
        store.endpoints.save(endpoint)
        store.endpoints.save(endpoint.disable("first"))
        with pytest.raises(StalePayment):
            store.endpoints.save(endpoint.disable("second"), a_kept(KEY))
        with pytest.raises(StalePayment):
            store.endpoints.save(endpoint)
        assert store.endpoints.get(endpoint.id).disabled_reason == "first"
        assert store.idempotency.find(KEY) is None

    def test_of_many_writers_at_once_one_wins(self, store: Store) -> None:
        endpoint = an_endpoint()
        store.endpoints.save(endpoint)
        rivals = [endpoint.disable(f"rival {n}") for n in range(16)]
        results = together([partial(store.endpoints.save, rival) for rival in rivals])
        assert [type(refusal) for refusal in refusals(results)] == [StalePayment] * 15
        assert store.endpoints.get(endpoint.id) == rivals[results.index(None)]

    def test_the_answer_is_kept_with_the_endpoint(self, store: Store) -> None:
        kept = a_kept(KEY, secret=True, body=b'{"secret":"whsec_x"}')
        store.endpoints.save(an_endpoint(), kept)
        assert store.idempotency.find(kept.scope) == kept
        second = an_endpoint()
        with pytest.raises(AlreadyKept) as used:
            store.endpoints.save(second, a_kept(kept.scope))
        assert used.value.kept == kept
        with pytest.raises(NotFound):
            store.endpoints.get(second.id)

    def test_a_deleted_endpoint_is_gone(self, store: Store) -> None:
        endpoint = an_endpoint()
        store.endpoints.save(endpoint)
        store.endpoints.delete(endpoint.id)
        assert list(store.endpoints.of_merchant(MERCHANT, livemode=False)) == []
        with pytest.raises(NotFound):
            store.endpoints.get(endpoint.id)
        with pytest.raises(NotFound):
            store.endpoints.delete(endpoint.id)
        with pytest.raises(StalePayment):
            store.endpoints.save(endpoint.disable("late"))

    def test_a_merchants_endpoints_come_oldest_first(self, store: Store) -> None:
        newer, older = an_endpoint(created_at=after(2)), an_endpoint(created_at=after(1))
        others = an_endpoint(livemode=True), an_endpoint(merchant_id="mer_2")
        for endpoint in (newer, older, *others):
            store.endpoints.save(endpoint)
        store.endpoints.save(older.disable("changed last"))
        found = store.endpoints.of_merchant(MERCHANT, livemode=False)
        assert found == [older.disable("changed last"), newer]
