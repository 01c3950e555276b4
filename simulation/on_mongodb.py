"""`python -m simulation.on_mongodb URI`: worlds that a MongoDB keeps beside the memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.mongo.connection import Patience
from adapters.outbound.mongo.database import is_new, migrate
from adapters.outbound.mongo.store import MongoStore
from adapters.outbound.mongo.troubles import DatabaseRefused
from simulation.beside import RealBeside, StoresDifferError
from simulation.run import Outcome, Plan, run
from simulation.stores import StoreTime

BROKEN = 1
PAYMENTS = 10
KEYS = (("k1", bytes(32)),)
"""Nobody's data is in a world."""
PATIENT = Patience(answer=timedelta(seconds=30), primary=timedelta(seconds=30))
"""A real store that is slow is no accident of the world."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("uri")
@click.option("--seeds", type=click.IntRange(min=0), nargs=2, default=(1, 5), show_default=True)
@click.option("--payments", type=click.IntRange(1, 1_000), default=PAYMENTS, show_default=True)
@click.option("--days", type=click.FloatRange(0.01, 60), default=1.0, show_default=True)
def main(uri: str, seeds: tuple[int, int], payments: int, days: float) -> None:
    """Let the worlds of these seeds, first and last, happen over MongoDB and memory alike.

    The database of the URI must hold nothing: it is made for each world and dropped after it. Exit
    code 1 on a breach, or where the two stores differ.
    """
    broken = 0
    for seed in range(seeds[0], seeds[1] + 1):
        try:
            outcome, calls = world(uri, Plan(seed, payments, days))
        except (DatabaseRefused, StoresDifferError) as problem:
            raise click.ClickException(f"seed {seed}: {problem}") from problem
        broken += len(outcome.found)
        click.echo(f"seed {seed}: {outcome.payments} payments, {calls} calls of the store")
        for breach in outcome.found:
            click.echo(f"  => {breach}")
    sys.exit(BROKEN if broken else 0)


def world(uri: str, plan: Plan) -> tuple[Outcome, int]:
    """What became of the plan's world in a database of its own, and how many calls it took.

    Raises DatabaseRefused where something is there already, StoresDifferError at the end.
    """
    if not is_new(uri):
        raise DatabaseRefused("the database holds something: a world needs one of its own")
    migrate(uri)
    with _opened(uri) as beside:
        outcome = run(plan, beside=beside)
        beside.finish()
    return outcome, beside.calls


@contextmanager
def _opened(uri: str) -> Iterator[RealBeside]:
    stores: list[MongoStore] = []

    def opened(now: StoreTime) -> MongoStore:
        stores.append(MongoStore.open(uri, Codec(Keyring(list(KEYS))), now=now, patience=PATIENT))
        return stores[-1]

    try:
        yield RealBeside(opened)
    finally:
        for store in stores:
            store.connection.client.drop_database(store.connection.database.name)
            store.close()


if __name__ == "__main__":
    main(prog_name="python -m simulation.on_mongodb")
