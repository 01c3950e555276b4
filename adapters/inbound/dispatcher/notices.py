"""The lane of the notifications that came in: claim, decide, record; nothing is held and sent."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.forget_notices import ForgetNotices
from application.hear_notification import HearNotifications
from application.ports import Received, Verdict

LARGEST_TURN = 128
"""Notices decided in one turn."""
LOOKS_APART = timedelta(milliseconds=20)
"""Between two looks: bells ring for each step of any payment, and few bring a notification."""
REST = 1
"""It rests so many times as long as its thread computed: a flood takes half of one thread."""
FORGET_EVERY = timedelta(minutes=1)
MOST_NOISE = 500
"""Of what changed nothing; after so much the oldest are forgotten at once."""
MOVED = frozenset({Verdict.BELIEVED, Verdict.HINTED})
NOISE = frozenset({Verdict.REFUSED, Verdict.UNMATCHED, Verdict.KNOWN})


@dataclass(slots=True)
class InboxLane:
    """Hears what came in, by whichever process; a store that is away is tried again.

    `told` wakes the other lanes of this process when payments changed: its own bell rings others.
    """

    hear: HearNotifications
    forget: ForgetNotices
    threads: Threads
    watch: Watch
    scan_every: timedelta
    told: Callable[[], None]
    alarm: Alarm = field(default_factory=Alarm)
    _noise: int = 0
    _forget_at: float = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Hear until stopped; what is not heard then is heard by the next start."""
        while not stop.is_set():
            taken, computed = 0, timedelta(0)
            try:
                taken, computed = await self._turn()
                await self._forget()
            except Exception as fault:  # noqa: BLE001  one bad turn must not end the lane
                self.watch.trouble("notifications", fault)
            if not taken:
                await self.alarm.sleep(self.scan_every.total_seconds())
            with suppress(TimeoutError):
                async with asyncio.timeout(max(LOOKS_APART, computed * REST).total_seconds()):
                    await stop.wait()

    async def _turn(self) -> tuple[int, timedelta]:
        """Take one turn; tells how many it heard, and how long our thread computed."""
        heard, computed = await self.threads.run(_timed, self.hear)
        if heard:
            self.watch.noticed(heard)
        if any(each.verdict in MOVED for each in heard):
            self.told()
        self._noise += sum(each.verdict in NOISE for each in heard)
        return len(heard), computed

    async def _forget(self) -> None:
        now = time.monotonic()
        if self._noise < MOST_NOISE and now < self._forget_at:
            return
        self._noise, self._forget_at = 0, now + FORGET_EVERY.total_seconds()
        for verdict, count in (await self.threads.run(self.forget)).items():
            if count:
                self.watch.dropped(verdict, count)


def _timed(hear: HearNotifications) -> tuple[Sequence[Received], timedelta]:
    began = time.thread_time()
    heard = hear(LARGEST_TURN)
    return heard, timedelta(seconds=time.thread_time() - began)
