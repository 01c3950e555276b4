"""The lane of the webhooks: relay events, claim deliveries, send, record."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from adapters.inbound.dispatcher.hand import Hand
from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm, gather
from adapters.inbound.dispatcher.watch import Watch
from application.deliver_events import ClaimDeliveries, DeliveryReport
from application.ports import Parcel, WebhookSender
from application.relay_events import RelayEvents
from domain.webhook import DeliveryAnswer

LARGEST_TURN = 256
"""Events relayed, and deliveries claimed, in one turn."""
LOOKS_APART = timedelta(milliseconds=50)
"""After a look that found nothing to send: bells ring for each step of any payment."""


@dataclass(slots=True)
class DeliveryLane:
    """Makes the deliveries in `hand`: those that it claims here, and those claimed as written."""

    relay: RelayEvents
    claim: ClaimDeliveries
    sender: WebhookSender
    recorder: Recorder[DeliveryReport]
    threads: Threads
    watch: Watch
    hand: Hand
    scan_every: timedelta
    _held: set[asyncio.Task[None]] = field(default_factory=set)
    _crowded: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Relay and send until stopped."""
        self.hand.begin(self._begin)
        while not stop.is_set():
            claimed, more = 0, False
            try:
                claimed, more = await self._turn()
            except Exception as fault:  # noqa: BLE001  one bad turn must not end the lane
                self.watch.trouble("deliver", fault)
            if not more:
                await self.alarm.sleep(self.scan_every.total_seconds())
            if claimed:
                await gather(claimed)
            elif not more:
                await asyncio.sleep(LOOKS_APART.total_seconds())
        self.hand.end()  # what is written from now on is left to the next start

    @property
    def alarm(self) -> Alarm:
        """Rung when there may be something to relay or to claim."""
        return self.hand.alarm

    async def drain(self, patience: timedelta) -> None:
        """Wait for the open calls; the others are due again once their claim ends."""
        if self._held:
            await asyncio.wait(list(self._held), timeout=patience.total_seconds())
        for task in list(self._held):
            task.cancel()
        if self._held:
            await asyncio.gather(*self._held, return_exceptions=True)

    async def _turn(self) -> tuple[int, bool]:
        """Take one turn; tells how many deliveries it claimed, and whether more may wait."""
        busy = self.hand.count()
        room = min(self.hand.width() - busy.total(), LARGEST_TURN)
        relayed, parcels = await self.threads.run(self._take, room, busy)
        self._begin(parcels)
        more = relayed >= LARGEST_TURN or (room > 0 and len(parcels) >= room)
        most = self.claim.per_endpoint
        self._crowded = len(parcels) >= room or any(held >= most for held in busy.values())
        return len(parcels), more

    def _take(self, room: int, busy: Counter[str]) -> tuple[int, Sequence[Parcel]]:
        """Events relayed and deliveries to make: what waits is claimed before what is new.

        `busy` is brought up to date.
        """
        if room <= 0 or self.recorder.holding:
            return self.relay(LARGEST_TURN).events, []
        taken, used = Counter[str](), Counter[str]()

        def take(endpoint_id: str) -> bool:
            given = self.hand.take_place(endpoint_id)
            taken[endpoint_id] += given
            return given

        try:
            waiting = self.claim(room, busy, take)
            busy.update(parcel.endpoint.id for parcel in waiting)
            relayed = self.relay(LARGEST_TURN, room - len(waiting), busy, take)
            busy.update(parcel.endpoint.id for parcel in relayed.parcels)
            parcels = [*waiting, *relayed.parcels]
            used.update(parcel.endpoint.id for parcel in parcels)
        finally:
            for endpoint_id in (taken - used).elements():
                self.hand.leave_place(endpoint_id)
        return relayed.events, parcels

    def _begin(self, parcels: Sequence[Parcel]) -> None:
        """Send what has its place in the hand."""
        for parcel in parcels:
            task = asyncio.create_task(self._send(parcel))
            self._held.add(task)
            task.add_done_callback(partial(self._let_go, parcel.endpoint.id))
        self.watch.holding("deliveries", len(self._held))

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
        self.hand.leave_place(endpoint_id)
        self.watch.holding("deliveries", len(self._held))
        if self._crowded:
            self.alarm.ring()
