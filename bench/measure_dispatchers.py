"""Two dispatchers against one on a store that is not the limit; a create over MongoDB's wire."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any, final

from bson import ObjectId
from pymongo import MongoClient

from adapters.inbound.dispatcher.shares import share
from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.mongo.database import migrate
from adapters.outbound.mongo.documents import SHARDS, shard_of
from adapters.outbound.mongo.store import MongoStore
from bench.claiming import PATIENT, TURN, a_claim, a_codec, a_start
from bench.figures import Bound, Figure, Measured, ratios
from bench.mongo_server import NAME, mongo_server
from bench.rounds import Rounds
from domain.errors import LunasError
from domain.payment import Change, Payment, Status

AWAY = timedelta(milliseconds=100)
"""How far the simulated store is: what a claim waits for, twice in a turn."""
BACKLOG, QUICK_BACKLOG = 800, 200
CREATES, QUICK_CREATES = 200, 40


@final
@dataclass(frozen=True, slots=True)
class FarStore:
    """One store in memory, asked over a wire of that length; a dispatcher sees its own shards.

    The shards are those that the MongoDB adapter deals out. What is due was sorted beforehand: to
    look is to wait for the wire, and costs no time of the processor.
    """

    store: MemoryStore
    queue: list[Payment]

    def due(self, limit: int) -> Sequence[Payment]:
        """What is due in these shards, the longest due last."""
        time.sleep(AWAY.total_seconds())
        return [self.queue.pop() for _ in range(min(limit, len(self.queue)))]

    def save_each(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        """Compare-and-set, each."""
        time.sleep(AWAY.total_seconds())
        return self.store.payments.save_each(changes)


async def dispatchers(rounds: Rounds) -> Measured:
    """Pushes claimed a second by two dispatchers ÷ by one, on a store that only takes time."""
    backlog = QUICK_BACKLOG if rounds.quick else BACKLOG
    rates: dict[int, list[float]] = {1: [], 2: []}
    for number in range(rounds.count):
        for count in (1, 2):
            rounds.step(f"dispatchers: {count}, round {number + 1}")
            rates[count].append(backlog / _claimed_by(count, backlog))
    note = f"threads of one process over a store in memory that answers after {AWAY}"
    return Measured(
        [
            Figure(
                "pushes claimed a second by 2 dispatchers ÷ by 1",
                ratios(rates[2], rates[1]),
                bound=Bound(least=1.8),
                note=note,
            ),
            Figure("pushes claimed a second by 1", rates[1], "/s"),
            Figure("pushes claimed a second by 2", rates[2], "/s"),
        ]
    )


async def over_wire(rounds: Rounds) -> Measured:
    """A create over MongoDB's wire ÷ one insert of that size with the same driver and server."""
    count = QUICK_CREATES if rounds.quick else CREATES
    floors: list[float] = []
    creates: list[float] = []
    with mongo_server(rounds.folder / "mongo") as server:
        uri = f"{server}/floor?directConnection=true"
        migrate(uri)
        with (
            MongoStore.open(uri, a_codec(), patience=PATIENT) as store,
            MongoClient[dict[str, Any]](uri, w="majority", journal=True) as client,
        ):
            store.payments.save(a_start())
            one = store.connection.payments.find_one() or {}
            bare = client["bare"]["documents"]
            for number in range(rounds.count):
                rounds.step(f"over the wire: round {number + 1}")
                inserts: list[float] = []
                starts: list[float] = []
                for _ in range(count):  # in turn, so that both see the same machine
                    document = one | {"_id": ObjectId()}
                    inserts.append(_timed(partial(bare.insert_one, document)))
                    start = a_start()
                    starts.append(_timed(partial(store.payments.save, start)))
                floors.append(median(inserts))
                creates.append(median(starts))
    return Measured(
        [
            Figure(
                "create over MongoDB's wire ÷ one bare insert",
                ratios(creates, floors),
                note=f"medians, {NAME} in MongoDB's place: no bar, and no figure of MongoDB's",
            ),
            Figure("bare insert of the same document", floors, "ms"),
            Figure("create", creates, "ms"),
        ]
    )


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


def _claimed_by(count: int, backlog: int) -> float:
    """Seconds until that many dispatchers have claimed everything."""
    store = MemoryStore()
    store.payments.save_each([a_start() for _ in range(backlog)])
    names = [f"worker-{number}" for number in range(count)]
    bounds = [0]
    for name in names:
        bounds.append(bounds[-1] + share(SHARDS, names, name))
    due = store.payments.due("ovo", Status.PENDING, datetime.now(UTC), backlog)[::-1]
    queues = [
        [payment for payment in due if shard_of(payment.id) in range(first, end)]
        for first, end in pairwise(bounds)
    ]
    threads = [
        threading.Thread(target=_dispatch, args=(FarStore(store, queue), name))
        for name, queue in zip(names, queues, strict=True)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    left = store.payments.due("ovo", Status.PENDING, datetime.now(UTC), backlog)
    assert not left, f"{len(left)} were not claimed"
    return took


def _dispatch(store: FarStore, worker: str) -> None:
    while due := store.due(TURN):
        refusals = store.save_each([a_claim(payment, worker) for payment in due])
        assert set(refusals) == {None}, refusals
