"""The lane of the search index, when the index cannot take what it is given."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import final

from adapters.inbound.dispatcher.copies import CopyLane
from adapters.inbound.dispatcher.threads import Threads
from adapters.outbound.memory.search import MemoryIndex
from application.index_payments import Indexed, IndexPayments
from application.payment_copy import PaymentCopy
from application.ports import (
    CopyTarget,
    IndexUnavailable,
    NextIndex,
    PaymentIndex,
    SearchPage,
    SearchQuery,
)
from tests.builders import a_start
from tests.memory_house import MemoryHouse
from tests.unit.dispatcher.test_dispatcher import SOON, Notes

TAKEN = 100
PAYMENTS = 1_200


@final
@dataclass
class Narrow(PaymentIndex, CopyTarget):
    """An index in memory that refuses more than so many copies at once, or everything."""

    whole: MemoryIndex = field(default_factory=MemoryIndex)
    takes: int = TAKEN
    offered: list[int] = field(default_factory=list)

    def search(self, query: SearchQuery) -> SearchPage:
        return self.whole.search(query)

    def present(self) -> CopyTarget:
        return self

    def next(self, *, afresh: bool = False) -> NextIndex:
        return self.whole.next(afresh=afresh)

    def close(self) -> None:
        self.whole.close()

    def cursor(self) -> str:
        return self.whole.present().cursor()

    def put(self, copies: Sequence[PaymentCopy], cursor: str) -> None:
        self.offered.append(len(copies))
        if len(copies) > self.takes:
            raise IndexUnavailable("it asks for less")
        self.whole.present().put(copies, cursor)


@dataclass(slots=True)
class Enough(Notes):
    """Ends the lane once so many were copied or refused."""

    until: int = PAYMENTS
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def indexed(self, turn: Indexed) -> None:
        self.copies += turn.copies
        self._look(self.copies)

    def trouble(self, about: str, error: BaseException) -> None:
        self.troubles.append(f"{about}: {type(error).__name__}")
        self._look(len(self.troubles))

    def _look(self, done: int) -> None:
        if done >= self.until:
            self.stop.set()


async def run(index: Narrow, notes: Enough, scan: float) -> float:
    """Have the lane at work; how many seconds it took."""
    house, threads = MemoryHouse(), Threads()
    for number in range(PAYMENTS):
        house.store.payments.save(a_start(order_id=f"o-{number}"))
    every = timedelta(seconds=scan)
    copies = IndexPayments(house.store.feed, index, house.clock, with_description=False)
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(SOON):
        await CopyLane(copies, threads, notes, every, every).run(notes.stop)
    threads.close()
    return asyncio.get_running_loop().time() - began


def test_an_index_that_takes_few_at_once_is_given_few_and_has_all_in_the_end() -> None:
    index, notes = Narrow(), Enough()
    asyncio.run(run(index, notes, 0.01))
    assert notes.copies == PAYMENTS
    assert index.offered[:5] == [1_000, 500, 250, 125, 62]
    refused = [offered for offered in index.offered if offered > TAKEN]
    assert len(notes.troubles) == len(refused) < len(index.offered)


def test_an_index_that_takes_nothing_is_asked_ever_less_often() -> None:
    index, notes = Narrow(takes=0), Enough(until=5)
    took = asyncio.run(run(index, notes, 0.02))
    assert notes.troubles == ["search: IndexUnavailable"] * 5
    assert took >= sum(0.02 * (1 << turn) for turn in range(4))
    assert min(index.offered) >= 50
