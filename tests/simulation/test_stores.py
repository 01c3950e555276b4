"""What the simulated store does to a write, and what it says."""

from datetime import timedelta

import pytest

from adapters.outbound.memory.store import MemoryStore
from application.ports import NotFound, WriteUnconfirmed
from domain.payment import Change
from simulation.dice import Dice
from simulation.run import Plan, run
from simulation.stores import FaultyPayments, Saved
from simulation.switches import Switches
from simulation.world import World
from tests.builders import NOON, a_start

SECOND = timedelta(seconds=1)


class Seen(Saved):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def note(self, change: Change) -> None:
        self.ids.append(change.payment.id)


def test_a_dying_store_keeps_the_first_part_of_its_last_second_and_tells_nobody() -> None:
    world, seen = World(NOON), Seen()
    store = FaultyPayments(world, MemoryStore(), Switches(), Dice(1), seen)
    early, late, after = (a_start(order_id=name) for name in ("a", "b", "c"))
    store.die(NOON + SECOND, durable_until=NOON + SECOND / 2)
    for change, when in ((early, SECOND / 4), (late, SECOND * 3 / 4)):
        world.run(NOON + when)
        with pytest.raises(WriteUnconfirmed):
            store.save(change)
    assert store.get(early.payment.id) == early.payment
    with pytest.raises(NotFound):
        store.get(late.payment.id)
    assert store.refused
    world.run(NOON + SECOND)
    assert store.save_each([after]) == [None]
    assert seen.ids == [early.payment.id, after.payment.id]


def test_worlds_lose_the_last_second_of_their_store() -> None:
    lost = "loses what it takes in during the second before"
    assert any(
        lost in line
        for seed in range(1, 30)
        for line in run(Plan(seed, payments=5), telling=True).story
    )
