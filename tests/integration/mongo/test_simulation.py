"""Seeded worlds in which everything goes wrong, kept by MongoDB: it does what the memory does."""

import pytest
from click.testing import CliRunner

from simulation.on_mongodb import main, world
from simulation.run import Plan
from tests.servers.mongo import MongoServer

PAYMENTS = 6
"""A stand-in of MongoDB takes a while for each."""


@pytest.mark.parametrize("seed", [4, 9, 12, 20])
def test_a_world_kept_by_mongodb_breaks_nothing_and_differs_in_nothing(
    server: MongoServer, seed: int
) -> None:
    outcome, calls = world(server.uri("world"), Plan(seed, payments=PAYMENTS, days=0.5))
    assert outcome.found == ()
    assert outcome.payments >= PAYMENTS
    assert calls > 10 * PAYMENTS


def test_a_database_that_holds_something_is_left_alone(server: MongoServer, migrated: str) -> None:
    refused = CliRunner().invoke(main, [server.uri(migrated), "--seeds", "1", "1"])
    assert refused.exit_code == 1
    assert "a world needs one of its own" in refused.output
