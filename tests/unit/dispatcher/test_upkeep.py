"""The upkeep of one worker among several."""

import asyncio
from datetime import timedelta

import pytest

from adapters.inbound.dispatcher.shares import Shares
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.upkeep import STOPPING, Upkeep
from application.abandon_attempts import MISSING_AFTER
from application.ports import Heartbeat, StoreUnavailable
from domain.payment import Status
from tests.memory_house import MemoryHouse
from tests.unit.dispatcher.test_dispatcher import Notes

UPKEEP_EVERY = timedelta(seconds=2)


class Room:
    """One worker's upkeep, turn by turn; `w2` is its neighbour."""

    def __init__(self) -> None:
        self.house = MemoryHouse(alone=False)
        self.notes = Notes()
        self.shares = Shares("w1")
        core, self.threads = self.house.core, Threads()
        self.upkeep = Upkeep(
            heartbeats=self.house.store.heartbeats,
            expire=core.expire(),
            abandon=core.abandon(),
            probe=core.probe(),
            idempotency=self.house.store.idempotency,
            gateway=self.house.wallet,
            threads=self.threads,
            watch=self.notes,
            worker="w1",
            shares=self.shares,
            trouble=lambda: None,
            measure=lambda _: None,
            every=timedelta(milliseconds=10),
        )

    def neighbour_beats(self, trouble: str | None = None) -> None:
        self.house.store.heartbeats.beat(Heartbeat("w2", self.house.clock.at, trouble))

    def turns(self, count: int = 1, *, neighbour: bool = False) -> None:
        """So many turns, each as long after the one before as they are in life."""

        async def turn() -> None:
            await self.upkeep.turn()
            if self.upkeep._probing:
                await self.upkeep._probing

        for _ in range(count):
            if neighbour:
                self.neighbour_beats()
            asyncio.run(turn())
            self.house.clock.move(UPKEEP_EVERY.total_seconds())

    def claimed_by_the_neighbour(self) -> Status:
        """The status of a payment whose push the neighbour holds."""
        return self.house.get(self.payment).status

    def begin(self) -> None:
        """The neighbour beats and claims; then this worker starts."""
        self.neighbour_beats()
        self.payment = self.house.start()
        push = self.house.core.push()
        object.__setattr__(push, "worker", "w2")
        assert push(1).to_send


@pytest.fixture
def room() -> Room:
    room = Room()
    room.begin()
    return room


def test_the_width_is_shared_with_the_neighbour_and_taken_back_when_it_is_missing(
    room: Room,
) -> None:
    room.turns()
    assert room.shares.of(100) == 50
    room.turns(5, neighbour=True)
    assert room.shares.of(100) == 50
    room.turns(6)
    assert room.shares.of(100) == 100


def test_what_a_living_neighbour_holds_is_left_alone(room: Room) -> None:
    room.turns(8, neighbour=True)
    assert room.claimed_by_the_neighbour() is Status.AWAITING_CUSTOMER


def test_what_a_missing_neighbour_held_is_found(room: Room) -> None:
    room.turns(8)
    assert room.claimed_by_the_neighbour() is Status.UNKNOWN
    assert room.notes.finds["abandoned"] == 1


def test_nobody_is_called_missing_because_the_store_was_away(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Heartbeat) -> None:
        raise StoreUnavailable("away")

    room.turns(1, neighbour=True)
    with monkeypatch.context() as away:
        away.setattr(room.house.store.heartbeats, "beat", refuse)
        room.turns(10)
    assert room.upkeep.problems() == ["the store was not heard of for a while"]
    room.turns()  # the neighbour has not come to beat yet
    assert room.claimed_by_the_neighbour() is Status.AWAITING_CUSTOMER
    room.turns(8, neighbour=True)
    assert room.claimed_by_the_neighbour() is Status.AWAITING_CUSTOMER
    room.turns(int(MISSING_AFTER / UPKEEP_EVERY) + 2)
    assert room.claimed_by_the_neighbour() is Status.UNKNOWN


def test_a_worker_that_stops_lives_on_and_starts_nothing(room: Room) -> None:
    async def drain() -> None:
        over = asyncio.Event()
        beating = asyncio.create_task(room.upkeep.beat_on(over))
        await asyncio.sleep(0.05)
        over.set()
        await beating

    room.turns()
    room.house.clock.move(20)
    asyncio.run(drain())
    alive = room.house.store.heartbeats.alive(room.house.clock.at)
    assert [(beat.worker, beat.trouble) for beat in alive] == [("w1", STOPPING)]
    assert room.upkeep.problems() == [STOPPING]
    assert room.shares.of(100) == 0
