"""Gateways run on the world's time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from simulation.loop import WorldLoop
from simulation.world import World

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at_once(step: Callable[[], None]) -> None:
    step()


def test_what_is_slept_is_the_worlds_time() -> None:
    world, seen = World(NOON), list[timedelta]()

    async def sleeps() -> None:
        for seconds in (1, 30):
            await asyncio.sleep(seconds)
            seen.append(world.now - NOON)

    WorldLoop.of(world, at_once).start(sleeps())
    assert seen == []
    world.run(NOON + HOUR)
    assert seen == [timedelta(seconds=1), timedelta(seconds=31)]


def test_a_deadline_ends_what_waits_for_longer() -> None:
    world, seen = World(NOON), list[timedelta]()

    async def waits() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.sleep(60)
        seen.append(world.now - NOON)

    WorldLoop.of(world, at_once).start(waits())
    world.run(NOON + HOUR)
    assert seen == [timedelta(seconds=5)]


def test_a_call_of_the_store_is_made_at_once_and_its_refusal_is_for_who_asked() -> None:
    world, seen = World(NOON), list[object]()

    def refuse() -> None:
        raise ValueError("no")

    async def asks() -> None:
        seen.append(await asyncio.to_thread(lambda: 7))
        with pytest.raises(ValueError, match="no"):
            await asyncio.to_thread(refuse)
        seen.append("refused")

    WorldLoop.of(world, at_once).start(asks())
    assert seen == [7, "refused"]


def test_a_process_that_stands_still_goes_on_later_and_a_dead_one_never() -> None:
    world, seen, held = World(NOON), list[str](), list[Callable[[], None]]()
    loop = WorldLoop.of(world, held.append)

    async def sleeps(name: str) -> None:
        await asyncio.sleep(1)
        seen.append(name)

    loop.start(sleeps("first"))
    world.run(NOON + HOUR)
    assert seen == []
    held.pop()()
    assert seen == ["first"]
    loop.start(sleeps("second"))
    loop.close()
    world.run(NOON + 2 * HOUR)
    for step in held:
        step()
    assert seen == ["first"]


def test_what_comes_in_from_outside_is_a_step_of_the_process() -> None:
    world, seen = World(NOON), list[int]()
    loop = WorldLoop.of(world, at_once)
    waiting: asyncio.Future[int] = loop.create_future()

    async def waits() -> None:
        seen.append(await waiting)

    loop.start(waits())
    world.after(HOUR / 2, lambda: loop.deliver(lambda: waiting.set_result(3)))
    world.run(NOON + HOUR)
    assert seen == [3]
