"""A lane takes no more in a turn than the store writes in a second."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from adapters.inbound.dispatcher import turns
from adapters.inbound.dispatcher.pushes import PushLane
from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.turns import FIRST, LONG, SMALLEST, TurnSize
from application.push_payments import Claims
from tests.unit.dispatcher.test_dispatcher import Notes

MOST = 256


def sizes(each: timedelta, waiting: int, turns: int) -> list[int]:
    """How many were taken in each turn, where a store takes so long for each of them."""
    size = TurnSize(MOST)
    taken = []
    for _ in range(turns):
        count = min(size.now, waiting)
        taken.append(count)
        size.took(count, each * count)
    return taken


def test_a_quick_store_is_given_as_much_as_there_is() -> None:
    quick = timedelta(microseconds=200)
    assert sizes(quick, 10_000, 5) == [FIRST, 2 * FIRST, 4 * FIRST, MOST, MOST]
    assert sizes(quick, 3, 2) == [3, 3]


def test_a_slow_store_is_given_what_it_writes_in_about_a_second() -> None:
    slow = timedelta(milliseconds=100)
    taken = sizes(slow, 10_000, 20)
    assert max(taken) == FIRST
    assert all(slow * count <= LONG for count in taken[2:])


def test_however_slow_a_store_is_a_few_are_taken() -> None:
    assert sizes(timedelta(seconds=30), 10_000, 9)[-1] == SMALLEST


def test_one_that_was_slow_for_a_while_is_given_more_again() -> None:
    size = TurnSize(MOST)
    for _ in range(9):
        size.took(size.now, LONG * 5)
    for _ in range(9):
        size.took(size.now, LONG / 100)
    assert size.now == MOST


def test_outcomes_are_written_in_batches_that_a_slow_store_can_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONG", timedelta(milliseconds=20))
    batches: list[int] = []

    def record(batch: Sequence[int]) -> Sequence[int]:
        batches.append(len(batch))
        time.sleep(0.002 * len(batch))
        return ()

    async def run() -> None:
        threads, stop = Threads(), asyncio.Event()
        recorder = Recorder[int](record, threads, lambda *_: None, lambda _: None)
        for number in range(100):
            recorder.put(number)
        stop.set()
        await recorder.run(stop)
        threads.close()

    asyncio.run(run())
    assert batches[:2] == [FIRST, FIRST // 2]
    assert sum(batches) == 100
    assert max(batches[2:]) < FIRST // 2


def test_claims_are_written_in_turns_that_a_slow_store_can_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONG", timedelta(milliseconds=20))
    rooms: list[int] = []

    async def run() -> None:
        threads, stop = Threads(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def claim(room: int) -> Claims:
            rooms.append(room)
            time.sleep(0.002 * room)
            if len(rooms) == 3:
                loop.call_soon_threadsafe(stop.set)
            return Claims(to_send=[], not_to_send=[])

        push: Any = claim
        nobody: Any = None
        recorder: Any = Recorder[Any](lambda _: (), threads, lambda *_: None, lambda _: None)
        soon = timedelta(milliseconds=1)
        lane = PushLane(
            push, nobody, recorder, threads, Notes(), lambda: 1_000, soon, fit=lambda: True
        )
        await lane.run(stop)
        threads.close()

    asyncio.run(run())
    assert rooms[:3] == [FIRST, FIRST // 2, FIRST // 4]
