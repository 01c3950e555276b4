"""What has to be looked at by the clock: heartbeat, expiry, lost workers, probes, old answers."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from adapters.inbound.dispatcher.shares import Shares
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.watch import Watch
from application.abandon_attempts import MISSING_AFTER, AbandonAttempts
from application.expire_payments import ExpirePayments
from application.ports import Heartbeat, Heartbeats, IdempotencyStore, PaymentGateway
from application.probe_accounts import Probe, ProbeAccounts

TURN = 500
"""Payments looked at in one turn of upkeep."""
MOST_TURNS = 40
"""Turns that one part may take at a time: after a crash there may be thousands to look at."""
FORGET_EVERY = timedelta(hours=1)
STOPPING = "it is stopping"
"""The trouble of a worker that waits for its held calls alone."""


def _all_well(_: datetime) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Care:
    """What is looked at for one more provider."""

    expire: ExpirePayments
    abandon: AbandonAttempts
    probe: ProbeAccounts
    gateway: PaymentGateway


@dataclass(slots=True)
class Upkeep:
    """Takes a turn every `every`; each part that fails is reported and tried again."""

    heartbeats: Heartbeats
    expire: ExpirePayments
    abandon: AbandonAttempts
    probe: ProbeAccounts
    idempotency: IdempotencyStore
    gateway: PaymentGateway
    threads: Threads
    watch: Watch
    worker: str
    shares: Shares
    trouble: Callable[[], str | None]
    measure: Callable[[datetime], None]
    every: timedelta
    beside: Sequence[Care] = ()
    unwell: Callable[[datetime], tuple[str, ...]] = _all_well
    _forget_at: datetime | None = None
    _stopping: bool = False
    _beaten_at: datetime | None = None
    _judges_from: datetime | None = None
    _may_judge: bool = False
    _probing: asyncio.Task[None] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look until stopped."""
        while not stop.is_set():
            await self.turn()
            try:
                async with asyncio.timeout(self.every.total_seconds()):
                    await stop.wait()
            except TimeoutError:
                pass
        if self._probing:
            self._probing.cancel()

    async def beat_on(self, over: asyncio.Event) -> None:
        """Go on living while held calls are waited for: nobody may think them lost."""
        self._stopping = True
        while not over.is_set():
            await self._part("heartbeat", self._beat)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.every.total_seconds()):
                    await over.wait()

    def problems(self) -> Sequence[str]:
        """Why this worker starts nothing now, in plain words; without a wait."""
        trouble = STOPPING if self._stopping else self.trouble()
        found = [trouble] if trouble else []
        return found if self._may_judge or found else ["the store was not heard of for a while"]

    async def turn(self) -> None:
        """One look at everything."""
        await self._part("heartbeat", self._beat)
        if self.trouble() is None:
            for care in self._cares():
                if self._may_judge:
                    await self._part("abandoned", partial(care.abandon, TURN))
                await self._part("expired", partial(care.expire, TURN))
            self._begin_probe()
        await self._part("forgotten", self._forget)

    async def _part(self, what: str, look: Callable[[], int]) -> None:
        try:
            found = await self._look(look)
        except Exception as fault:  # noqa: BLE001  the other parts must have their turn
            self.watch.trouble(what, fault)
        else:
            if found:
                self.watch.found(what, found)

    async def _look(self, look: Callable[[], int]) -> int:
        found = 0
        for _ in range(MOST_TURNS):
            count = await self.threads.run(look)
            found += count
            if count < TURN:
                break
        return found

    def _beat(self) -> int:
        self._may_judge = False
        now = self.heartbeats.now()
        self.measure(now)
        trouble = STOPPING if self._stopping else self.trouble()
        unwell = self.unwell(now)
        self.watch.unwell(unwell)
        self.heartbeats.beat(Heartbeat(self.worker, now, trouble, unwell))
        if not self.abandon.alone:
            self.shares.heard(self.heartbeats.alive(now - MISSING_AFTER))
            self._note_silence(now)
        self._may_judge = self._judges_from is None or now >= self._judges_from
        return 0

    def _note_silence(self, now: datetime) -> None:
        """While the store was away no worker could be heard: each gets its time to beat again."""
        if self._beaten_at and now - self._beaten_at > MISSING_AFTER / 2:
            self._judges_from = now + MISSING_AFTER
        self._beaten_at = now

    def _forget(self) -> int:
        now = self.heartbeats.now()
        if self._forget_at and now < self._forget_at:
            return 0
        self._forget_at = now + FORGET_EVERY
        return self.idempotency.forget(now)

    def _begin_probe(self) -> None:
        # Beside the turns: a wallet that hangs must not delay the heartbeat.
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._probe())

    async def _probe(self) -> None:
        for care in self._cares():
            try:
                for probe in await self.threads.run(care.probe.due):
                    await self._ask(care, probe)
            except Exception as fault:  # noqa: BLE001  it is asked again in a minute
                self.watch.trouble("probe", fault)

    async def _ask(self, care: Care, probe: Probe) -> None:
        answer = await care.gateway.check(probe.charge)
        if await self.threads.run(care.probe.record, probe, answer):
            self.watch.found("probed", 1)

    def _cares(self) -> Sequence[Care]:
        return (Care(self.expire, self.abandon, self.probe, self.gateway), *self.beside)
