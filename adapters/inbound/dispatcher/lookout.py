"""One question to the store for all the other providers: whose lanes have something to do."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.inbound.dispatcher.pushes import PushLane
from adapters.inbound.dispatcher.questions import QuestionLane
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.ports import DueProviders

LOOKS_APART = timedelta(milliseconds=20)
"""Between two looks: bells ring for each step of any payment, nearly all of them another's."""


@dataclass(slots=True)
class ProviderLanes:
    """One more provider's own lanes: a slow wallet must not starve the next."""

    pushes: PushLane
    questions: QuestionLane


@dataclass(slots=True)
class Lookout:
    """Rings the lanes of the providers that `due` names, so that no other asks the store."""

    lanes: Mapping[str, ProviderLanes]
    due: Callable[[], DueProviders]
    threads: Threads
    watch: Watch
    scan_every: timedelta
    alarm: Alarm = field(default_factory=Alarm)

    async def run(self, stop: asyncio.Event) -> None:
        """Look until stopped; without other providers there is nothing to look for."""
        while self.lanes and not stop.is_set():
            try:
                await self._look()
            except Exception as fault:  # noqa: BLE001  one bad look must not end the lookout
                self.watch.trouble("look", fault)
            await self.alarm.sleep(self.scan_every.total_seconds())
            await asyncio.sleep(LOOKS_APART.total_seconds())

    async def _look(self) -> None:
        due = await self.threads.run(self.due)
        for name in due.to_push:
            self.lanes[name].pushes.alarm.ring()
        for name in due.to_ask:
            self.lanes[name].questions.alarm.ring()
