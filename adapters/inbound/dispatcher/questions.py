"""One provider's lane of questions: checks, reversals, voids and void checks, at a set pace."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import Report
from application.ports import Clock, PaymentGateway, RefundOrder, StoreUnavailable
from application.resolve_payments import Asking, ResolvePayments
from domain.follow_up import QuestionKind
from domain.outcome import Doubt, Outcome, Unknown

LARGEST_TURN = 128
"""Questions claimed in one turn."""
TURNS_A_SECOND = 4
"""How finely the pace is dealt out."""
LOOKS_APART = timedelta(milliseconds=50)
"""Between two looks: bells ring for each step of any payment, and few ask for a question."""


@dataclass(slots=True)
class QuestionLane:
    """Asks at most `pace()` questions a second, at most `width()` at once.

    None is claimed while answers wait for the store, nor while the clock is not to be trusted: an
    answer proves nothing when nobody can tell how old the question is.
    """

    resolve: ResolvePayments
    gateway: PaymentGateway
    recorder: Recorder[Report]
    threads: Threads
    watch: Watch
    clock: Clock
    pace: Callable[[], int]
    width: Callable[[], int]
    scan_every: timedelta
    fit: Callable[[], bool]
    alarm: Alarm = field(default_factory=Alarm)
    _held: set[asyncio.Task[None]] = field(default_factory=set)
    _allowance: float = 0.0
    _counted_at: float = field(default_factory=time.monotonic)

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and ask until stopped; the calls go on until `drain`."""
        while not stop.is_set():
            more = False
            try:
                more = await self._turn()
            except StoreUnavailable as away:
                self.watch.trouble("ask", away)
            except Exception as fault:  # noqa: BLE001  one bad turn must not end the lane
                self.watch.trouble("ask", fault)
            if more:  # not before the pace allows: a bell must not hurry it
                await asyncio.sleep(1 / TURNS_A_SECOND)
            else:
                await self.alarm.sleep(self.scan_every.total_seconds())
                await asyncio.sleep(LOOKS_APART.total_seconds())

    async def drain(self, patience: timedelta) -> None:
        """Wait for the open calls; what is still open is called lost when its time is over."""
        if self._held:
            await asyncio.wait(list(self._held), timeout=patience.total_seconds())
        for task in list(self._held):
            task.cancel()
        if self._held:
            await asyncio.gather(*self._held, return_exceptions=True)

    async def _turn(self) -> bool:
        """Take one turn; tells whether more may be due than the pace or the width allowed."""
        room = min(self._earned(), self.width() - len(self._held), LARGEST_TURN)
        if self.recorder.holding or not self.fit():
            return False
        if room <= 0:
            return True
        askings = await self.threads.run(self.resolve, room)
        self._allowance -= len(askings)
        for asking in askings:
            task = asyncio.create_task(self._ask(asking))
            self._held.add(task)
            task.add_done_callback(self._held.discard)
        self.watch.holding("questions", len(self._held))
        return len(askings) >= room

    def _earned(self) -> int:
        """How many questions the pace allows now; what is not used is not saved up."""
        now, pace = time.monotonic(), self.pace()
        most = max(1.0, pace / TURNS_A_SECOND)
        self._allowance = min(most, self._allowance + (now - self._counted_at) * pace)
        self._counted_at = now
        return int(self._allowance)

    async def _ask(self, asking: Asking) -> None:
        began = time.monotonic()
        # Read before it is sent, never after: a question is as old as its oldest possible moment.
        asked = self.clock()
        outcome: Outcome
        try:
            outcome = await self._sent(asking)
        except Exception as fault:  # noqa: BLE001  whatever went wrong, it says nothing
            self.watch.trouble(asking.question.kind, fault)
            outcome = Unknown(Doubt.GARBAGE, alarm=True)
        report = Report(
            asking.payment.id,
            asking.attempt.id,
            outcome,
            asking.payment,
            asking.question,
            asked,
        )
        self.watch.heard(asking, report, timedelta(seconds=time.monotonic() - began))
        self.recorder.put(report)

    async def _sent(self, asking: Asking) -> Outcome:
        gateway, charge, refund = self.gateway, asking.charge, asking.refund
        match asking.question.kind:
            case QuestionKind.CHECK:
                answer = gateway.check(charge)
            case QuestionKind.REVERSAL:
                answer = gateway.reverse(charge)
            case QuestionKind.VOID:
                answer = gateway.void(charge)
            case QuestionKind.VOID_CHECK:
                answer = gateway.check_void(charge)
            case QuestionKind.REFUND:
                answer = gateway.refund(charge, _named(refund))
            case QuestionKind.REFUND_CHECK:
                answer = gateway.check_refund(charge, _named(refund))
        return await answer


def _named(refund: RefundOrder | None) -> RefundOrder:
    if refund is None:
        raise ValueError("a question about a refund that the payment has not")
    return refund
