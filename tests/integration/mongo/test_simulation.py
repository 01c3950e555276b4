"""Seeded worlds in which everything goes wrong, kept by MongoDB: it does what the memory does."""

from collections.abc import Iterator

import pytest

from adapters.outbound.mongo.store import MongoStore
from simulation.beside import RealBeside
from simulation.run import Plan, run
from simulation.stores import StoreTime
from tests.builders import a_codec
from tests.integration.mongo.conftest import PATIENT
from tests.servers.mongo import MongoServer

PAYMENTS = 6
"""A stand-in of MongoDB takes a while for each."""


@pytest.fixture
def beside(server: MongoServer, database: str) -> Iterator[RealBeside]:
    stores: list[MongoStore] = []

    def opened(now: StoreTime) -> MongoStore:
        stores.append(MongoStore.open(server.uri(database), a_codec(), now=now, patience=PATIENT))
        return stores[-1]

    yield RealBeside(opened)
    for store in stores:
        store.close()


@pytest.mark.parametrize("seed", [2, 9, 23])
def test_a_world_kept_by_mongodb_breaks_nothing_and_differs_in_nothing(
    beside: RealBeside, seed: int
) -> None:
    outcome = run(Plan(seed, payments=PAYMENTS, days=0.5), beside=beside)
    assert outcome.found == ()
    assert beside.finish() == outcome.payments >= PAYMENTS
    assert beside.calls > 10 * PAYMENTS
