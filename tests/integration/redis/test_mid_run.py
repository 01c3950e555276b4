"""Whatever Redis does while a house works: slower, never wrong.

A dispatcher and an API's caller share a store in memory and ring each other through Redis. It is
flushed, killed, started, hung and woken in mid-run; every payment is pushed once and is paid, every
repeat is answered with the first answer, and nobody ever sees an exception.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import cycle

import pytest

from adapters.outbound.memory.limits import MemoryRateLimiter
from adapters.outbound.redis.answers import CachedAnswers
from adapters.outbound.redis.bell import RedisBell
from adapters.outbound.redis.flights import RedisFirst
from adapters.outbound.redis.limits import RedisRateLimiter
from adapters.outbound.redis.line import PATIENCE, RedisLine
from adapters.outbound.signal.local import LocalSignal
from application.ports import RatePolicy
from domain.payment import Payment, Status
from tests.builders import NOON, a_codec, a_kept, a_keyring
from tests.integration.house import until
from tests.integration.redis.lines import a_line
from tests.integration.redis.test_answers import Shelf
from tests.servers.redis import RedisServer
from tests.unit.dispatcher.test_dispatcher import Room

PAYMENTS_A_TURN = 20
"""Started between two misfortunes."""
PAID_WITHIN = 30.0


@dataclass
class Process:
    """What one process of the house has of Redis."""

    line: RedisLine
    bell: RedisBell = field(init=False)

    def __post_init__(self) -> None:
        """Hang its bell."""
        self.bell = RedisBell(self.line, LocalSignal())

    def close(self) -> None:
        """End it."""
        self.bell.close()
        self.line.close()


@pytest.fixture
def processes(fragile: RedisServer) -> Iterator[Callable[[], Process]]:
    """Makes processes, with the patience of production."""
    made: list[Process] = []

    def one() -> Process:
        made.append(Process(a_line(fragile, PATIENCE)))
        return made[-1]

    yield one
    for process in made:
        process.close()


def misfortunes(server: RedisServer) -> list[Callable[[], None]]:
    """Everything that may happen to Redis, with its end."""
    return [
        server.flush,
        server.kill,
        server.start,
        server.pause,
        server.resume,
        server.stop,
        lambda: None,
        server.start,
        server.flush,
    ]


def test_every_payment_is_pushed_once_and_paid(
    fragile: RedisServer, processes: Callable[[], Process]
) -> None:
    api, worker = processes(), processes()
    room = Room(scan=0.2)
    room.dispatcher.bell = worker.bell
    payments: list[Payment] = []

    async def until_paid() -> None:
        async with asyncio.timeout(PAID_WITHIN):
            while room.statuses(payments)[Status.SUCCEEDED] < len(payments):  # noqa: ASYNC110  it has no event
                await asyncio.sleep(0.01)

    async def story() -> None:
        working = asyncio.create_task(room.dispatcher.run(room.stop))
        try:
            for misfortune in misfortunes(fragile):
                await asyncio.to_thread(misfortune)
                for _ in range(PAYMENTS_A_TURN):
                    payments.append(room.house.start(f"order-{len(payments)}"))
                    api.bell.wake(payments[-1].id)
                await until_paid()
        finally:
            room.stop.set()
            await working

    asyncio.run(story())
    room.bell.close()
    pushed = {charge.attempt_id for charge in room.house.wallet.pushes}
    assert len(pushed) == len(room.house.wallet.pushes) == len(payments)
    assert not room.notes.troubles


def test_limits_and_caches_answer_rightly_all_the_while(
    fragile: RedisServer, processes: Callable[[], Process]
) -> None:
    api = processes()
    policy = RatePolicy(rate=0.001, burst=10)
    limiter = RedisRateLimiter(api.line, policy, MemoryRateLimiter(policy))
    shelf = Shelf()
    for number in range(5):
        shelf.keep(a_kept(f"k{number}", body=str(number).encode()))
    answers = CachedAnswers(shelf, api.line, a_codec(), a_keyring(), lambda: NOON)
    first = RedisFirst(api.line)
    stop = threading.Event()
    faults: list[BaseException] = []
    turns = Counter[int]()

    def use(me: int) -> None:
        try:
            for scope in cycle(list(shelf.kept)):
                if stop.is_set():
                    return
                assert answers.find(scope) == shelf.kept[scope]
                assert answers.find(f"none{me}") is None
                told = limiter.take(f"cli_{me}")
                assert 0 <= told.remaining < policy.burst
                first(f"pay_{me}", timedelta(seconds=15))
                api.bell.wake(f"pay_{me}")
                turns[me] += 1
        except BaseException as fault:  # noqa: BLE001  whatever it is, the test is to fail of it
            faults.append(fault)

    def everybody_went_on(before: dict[int, int]) -> bool:
        return bool(faults) or all(turns[me] > before.get(me, 0) for me in range(4))

    threads = [threading.Thread(target=use, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    try:
        for misfortune in misfortunes(fragile):
            misfortune()
            until(partial(everybody_went_on, dict(turns)), "everybody goes on")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults
