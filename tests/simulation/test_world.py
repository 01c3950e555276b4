"""One heap, one order."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from domain.ids import IdKind
from simulation import world as worlds
from simulation.world import EndlessWorldError, World
from tests.builders import NOON

SECOND = timedelta(seconds=1)


def test_things_happen_in_the_order_of_their_times_and_of_their_asking() -> None:
    world, seen = World(NOON), list[str]()
    for name, after in (("late", 2), ("first", 1), ("second", 1), ("now", 0)):
        world.after(after * SECOND, partial(seen.append, name))
    world.run(NOON + 5 * SECOND)
    assert seen == ["now", "first", "second", "late"]
    assert world.now == NOON + 5 * SECOND
    assert world.steps == 4


def test_what_was_due_in_the_past_happens_now() -> None:
    world, seen = World(NOON), list[datetime]()
    world.at(NOON - SECOND, lambda: seen.append(world.now))
    world.run(NOON)
    assert seen == [NOON]


def test_nothing_happens_before_its_time() -> None:
    world, seen = World(NOON), list[int]()
    world.after(2 * SECOND, partial(seen.append, 1))
    world.run(NOON + SECOND)
    assert seen == []


def test_what_is_called_off_does_not_happen() -> None:
    world, seen = World(NOON), list[int]()
    step = world.after(SECOND, partial(seen.append, 1))
    assert step.call_off()
    assert not step.call_off()
    world.run(NOON + 2 * SECOND)
    assert seen == []
    assert world.steps == 0


def test_what_has_happened_can_not_be_called_off() -> None:
    world = World(NOON)
    step = world.after(SECOND, lambda: None)
    world.run(NOON + SECOND)
    assert not step.call_off()


def test_a_world_that_wakes_itself_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "MOST_STEPS", 100)
    world = World(NOON)

    def again() -> None:
        world.after(timedelta(0), again)

    again()
    with pytest.raises(EndlessWorldError):
        world.run(NOON + SECOND)


def test_ids_sort_by_the_time_of_their_making_and_the_boot_clock_goes_with_it() -> None:
    world, ids = World(NOON), list[str]()
    for after in (3, 1, 2):
        world.after(after * SECOND, lambda: ids.append(world.new_id(IdKind.PAYMENT)))
    before = world.uptime()
    world.run(NOON + 5 * SECOND)
    assert ids == sorted(ids)
    assert world.uptime() - before == 5 * SECOND
