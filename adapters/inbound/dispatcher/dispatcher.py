"""Runs the lanes until told to stop, then lets go of everything in order."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from adapters.inbound.dispatcher.copies import CopyLane
from adapters.inbound.dispatcher.deliveries import DeliveryLane
from adapters.inbound.dispatcher.lookout import Lookout, ProviderLanes
from adapters.inbound.dispatcher.notices import InboxLane
from adapters.inbound.dispatcher.pushes import PushLane
from adapters.inbound.dispatcher.questions import QuestionLane
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.upkeep import Upkeep

LAST_WRITES = timedelta(seconds=2)
"""How long the outcomes may take to become durable once the calls are over."""


class Doorbell(Protocol):
    """Rung by other processes when there is work."""

    def fileno(self) -> int:
        """Readable when it was rung."""

    def drain(self) -> None:
        """Take what was rung."""


@dataclass(slots=True)
class Dispatcher:
    """The asyncio room: claim, wait, record, for pushes and webhooks side by side."""

    pushes: PushLane
    questions: QuestionLane
    deliveries: DeliveryLane
    copies: CopyLane
    notices: InboxLane
    upkeep: Upkeep
    threads: Threads
    bell: Doorbell
    stop_sending: Callable[[], None]
    drain_within: timedelta
    lookout: Lookout

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then drain: nothing more leaves, what is held is recorded."""
        recorded = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self.bell.fileno(), self._rung)
        recorders = [
            asyncio.create_task(self.pushes.recorder.run(recorded)),
            asyncio.create_task(self.deliveries.recorder.run(recorded)),
            *(asyncio.create_task(more.pushes.recorder.run(recorded)) for more in self._beside()),
        ]
        try:
            await self.upkeep.turn()
            async with asyncio.TaskGroup() as lanes:
                for lane in self._lanes():
                    lanes.create_task(lane.run(stop))
                lanes.create_task(self.lookout.run(stop))
                lanes.create_task(self.upkeep.run(stop))
                lanes.create_task(self._ring_on(stop))
        finally:
            self.stop_sending()
            living = asyncio.create_task(self.upkeep.beat_on(recorded))
            await asyncio.gather(
                self.deliveries.drain(self.drain_within),
                *(lane.drain(self.drain_within) for lane in self._wallet_lanes()),
            )
            recorded.set()
            self.pushes.recorder.hurry()
            for more in self._beside():
                more.pushes.recorder.hurry()
            self.deliveries.recorder.hurry()
            await asyncio.wait(recorders, timeout=LAST_WRITES.total_seconds())
            await asyncio.wait([living], timeout=LAST_WRITES.total_seconds())
            for task in (*recorders, living):
                task.cancel()
            loop.remove_reader(self.bell.fileno())
            self.threads.close()

    def _rung(self) -> None:
        self.bell.drain()
        lanes = (self.pushes, self.questions, self.deliveries, self.copies, self.notices)
        for lane in (*lanes, self.lookout):
            lane.alarm.ring()

    async def _ring_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        for lane in (*self._lanes(), self.lookout):
            lane.alarm.ring()

    def _beside(self) -> Iterable[ProviderLanes]:
        """The other providers' lanes."""
        return self.lookout.lanes.values()

    def _wallet_lanes(self) -> Iterator[PushLane | QuestionLane]:
        yield from (self.pushes, self.questions)
        for more in self._beside():
            yield from (more.pushes, more.questions)

    def _lanes(self) -> Iterator[PushLane | QuestionLane | DeliveryLane | CopyLane | InboxLane]:
        yield from (*self._wallet_lanes(), self.deliveries, self.copies, self.notices)


async def run_until_signal(dispatcher: Dispatcher, ready: Callable[[], None]) -> None:
    """Run until SIGTERM or SIGINT; a second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    ready()
    await dispatcher.run(stop)
