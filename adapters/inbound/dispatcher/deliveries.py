"""The lane of the webhooks: relay events, claim deliveries, send, record."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm, gather
from adapters.inbound.dispatcher.watch import Watch
from application.deliver_events import ClaimDeliveries, DeliveryReport, Parcel
from application.ports import WebhookSender
from application.relay_events import RelayEvents
from domain.webhook import DeliveryAnswer

LARGEST_TURN = 256
"""Events relayed, and deliveries claimed, in one turn."""


@dataclass(slots=True)
class DeliveryLane:
    """Holds at most `width()` deliveries, with a share of them for each endpoint at most."""

    relay: RelayEvents
    claim: ClaimDeliveries
    sender: WebhookSender
    recorder: Recorder[DeliveryReport]
    threads: Threads
    watch: Watch
    width: Callable[[], int]
    scan_every: timedelta
    alarm: Alarm = field(default_factory=Alarm)
    _held: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: Counter[str] = field(default_factory=Counter)
    _crowded: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Relay and send until stopped."""
        while not stop.is_set():
            taken, more = 0, False
            try:
                taken, more = await self._turn()
            except Exception as fault:  # noqa: BLE001  one bad turn must not end the lane
                self.watch.trouble("deliver", fault)
            if not more:
                await self.alarm.sleep(self.scan_every.total_seconds())
            await gather(taken)

    async def drain(self, patience: timedelta) -> None:
        """Wait for the open calls; the others are due again once their claim ends."""
        if self._held:
            await asyncio.wait(list(self._held), timeout=patience.total_seconds())
        for task in list(self._held):
            task.cancel()
        if self._held:
            await asyncio.gather(*self._held, return_exceptions=True)

    async def _turn(self) -> tuple[int, bool]:
        """Take one turn; tells how many events or deliveries it took, and whether more may wait."""
        room = min(self.width() - len(self._held), LARGEST_TURN)
        busy = Counter(self._busy)
        relayed, parcels = await self.threads.run(self._take, room, busy)
        for parcel in parcels:
            self._busy[parcel.endpoint.id] += 1
            task = asyncio.create_task(self._send(parcel))
            self._held.add(task)
            task.add_done_callback(partial(self._let_go, parcel.endpoint.id))
        self.watch.holding("deliveries", len(self._held))
        more = relayed >= LARGEST_TURN or (room > 0 and len(parcels) >= room)
        most = self.claim.per_endpoint
        self._crowded = len(parcels) >= room or any(held >= most for held in busy.values())
        return max(relayed, len(parcels)), more

    def _take(self, room: int, busy: Counter[str]) -> tuple[int, Sequence[Parcel]]:
        """Events relayed and deliveries to make: what waits is claimed before what is new.

        `busy` is brought up to date.
        """
        if room <= 0 or self.recorder.holding:
            return self.relay(LARGEST_TURN).events, []
        waiting = self.claim(room, busy)
        busy.update(parcel.endpoint.id for parcel in waiting)
        relayed = self.relay(LARGEST_TURN, room - len(waiting), busy)
        busy.update(parcel.endpoint.id for parcel in relayed.parcels)
        return relayed.events, [*waiting, *relayed.parcels]

    async def _send(self, parcel: Parcel) -> None:
        began = time.monotonic()
        try:
            answer = await self.sender.send(parcel.endpoint, parcel.event)
        except Exception as fault:  # noqa: BLE001  it counts as a failed try
            self.watch.trouble("webhook", fault)
            answer = DeliveryAnswer(status=None, error=type(fault).__name__)
        report = DeliveryReport(parcel, answer)
        self.watch.delivered(report, timedelta(seconds=time.monotonic() - began))
        self.recorder.put(report)

    def _let_go(self, endpoint_id: str, task: asyncio.Task[None]) -> None:
        self._held.discard(task)
        self._busy[endpoint_id] -= 1
        if not self._busy[endpoint_id]:
            del self._busy[endpoint_id]
        if self._crowded:
            self.alarm.ring()
