"""One provider's lane: claim, hold the calls, record what comes back."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.inbound.dispatcher.health import unheard
from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm, gather
from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import Report
from application.ports import PaymentGateway, StoreUnavailable
from application.push_payments import Claim, PushPayments
from domain.outcome import Doubt, Outcome, Unknown

LARGEST_TURN = 256
"""Claims written in one turn."""


@dataclass(slots=True)
class PushLane:
    """Holds at most `width()` calls; claims nothing while outcomes wait for the store.

    `judged` hears how each call ended.
    """

    push: PushPayments
    gateway: PaymentGateway
    recorder: Recorder[Report]
    threads: Threads
    watch: Watch
    width: Callable[[], int]
    scan_every: timedelta
    fit: Callable[[], bool]
    judged: Callable[[Outcome], None] = unheard
    alarm: Alarm = field(default_factory=Alarm)
    _held: dict[asyncio.Task[None], Claim] = field(default_factory=dict)

    @property
    def holding(self) -> int:
        """How many calls are open."""
        return len(self._held)

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and send until stopped; the calls go on until `drain`."""
        while not stop.is_set():
            taken, room = 0, 1
            try:
                taken, room = await self._turn()
            except StoreUnavailable as away:
                self.watch.trouble("claim", away)
            except Exception as fault:  # noqa: BLE001  one bad turn must not end the lane
                self.watch.trouble("claim", fault)
            if not 0 < room <= taken:
                await self.alarm.sleep(self.scan_every.total_seconds())
            await gather(taken)

    async def drain(self, patience: timedelta) -> None:
        """Wait for the held calls; what is still open after that time is recorded as unknown."""
        if self._held:
            await asyncio.wait(list(self._held), timeout=patience.total_seconds())
        for task, claim in list(self._held.items()):
            if task.cancel():
                lost = Unknown(Doubt.WORKER_LOST)
                self.recorder.put(Report(claim.payment.id, claim.attempt.id, lost, claim.payment))
        if self._held:
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*self._held, return_exceptions=True)

    async def _turn(self) -> tuple[int, int]:
        """Take one turn; tells how many it took and how many it could have taken."""
        room = min(self.width() - len(self._held), LARGEST_TURN)
        if room <= 0 or self.recorder.holding or not self.fit():
            return 0, 0
        claims = await self.threads.run(self.push, room)
        self.watch.claimed(claims.to_send)
        for claim in claims.to_send:
            task = asyncio.create_task(self._call(claim))
            self._held[task] = claim
            task.add_done_callback(self._let_go)
        for report in claims.not_to_send:
            self.recorder.put(report)
        self.watch.holding("pushes", len(self._held))
        return len(claims.to_send) + len(claims.not_to_send), room

    async def _call(self, claim: Claim) -> None:
        began = time.monotonic()
        outcome: Outcome
        try:
            outcome = await self.gateway.push(claim.charge)
        except Exception as fault:  # noqa: BLE001  whatever went wrong, money may have moved
            self.watch.trouble("push", fault)
            outcome = Unknown(Doubt.GARBAGE, alarm=True)
        self.judged(outcome)
        known = claim.payment
        report = Report(known.id, claim.attempt.id, outcome, known)
        self.watch.answered(claim, report, timedelta(seconds=time.monotonic() - began))
        self.recorder.put(report)

    def _let_go(self, task: asyncio.Task[None]) -> None:
        del self._held[task]
        self.watch.holding("pushes", len(self._held))
        if len(self._held) == self.width() - 1:  # somebody may have found no room
            self.alarm.ring()
