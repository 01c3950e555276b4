"""Joins open connections to the wallet: one future for each held call, one timer for all."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count

from sandbox.clock import VirtualClock
from sandbox.gate import Call
from sandbox.scenario import Scenario
from sandbox.taps import Tap
from sandbox.timers import Cut, Effect
from sandbox.wallet import Wallet

HELD_CALLS = 15_000
_SHORTEST_SLEEP_SECONDS = 0.001


class Switchboard:
    """The only place where the wallet meets the event loop and the clock."""

    def __init__(
        self, wallet: Wallet, clock: VirtualClock, *, held_calls: int = HELD_CALLS
    ) -> None:
        self.wallet = wallet
        self.clock = clock
        self._held_calls = held_calls
        self._calls: dict[int, asyncio.Future[Effect]] = {}
        self._numbers = count(1)
        self._timer: asyncio.TimerHandle | None = None
        self._timer_for: datetime | None = None
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether another call would be one too many."""
        return len(self._calls) >= self._held_calls

    @property
    def held(self) -> int:
        """How many calls are open."""
        return len(self._calls)

    async def ask(
        self, *, app_id: str, random: str, hmac: str, body: bytes, is_json: bool
    ) -> Effect:
        """Hand a message to the wallet and wait for what becomes of the call."""
        number = next(self._numbers)
        if self._closed:
            return Cut(number)
        call = Call(number, app_id, random, hmac, body, is_json)
        future: asyncio.Future[Effect] = asyncio.get_running_loop().create_future()
        self._calls[number] = future
        try:
            self._carry_out(self.wallet.hear(call, self.clock()))
            return await future
        finally:
            del self._calls[number]
            self.wallet.leave(number, self.clock())  # matters only to a call still held

    def tap(self, push_id: str, tap: Tap) -> None:
        """Let a person act. Raises UnknownPushError or EndedPushError."""
        self._carry_out(self.wallet.tap(push_id, tap, self.clock()))

    def advance(self, by: timedelta) -> None:
        """Move the virtual clock, and let happen what falls due by it. Raises ValueError."""
        self.clock.advance(by)
        self._wake()

    def change(self, scenario: Scenario) -> None:
        """Do as this scenario says from now on."""
        self.wallet.change(scenario, self.clock())
        self._arm()

    def reset(self, scenario: Scenario) -> None:
        """Cut every held call and forget every push."""
        self._cut_all()
        self.clock.restore()
        self.wallet.reset(scenario, self.clock())
        self._arm()

    def close(self) -> None:
        """Cut every held call, and those that come yet."""
        self._closed = True
        self._cut_all()
        if self._timer is not None:
            self._timer.cancel()

    def _cut_all(self) -> None:
        for number, future in self._calls.items():
            if not future.done():
                future.set_result(Cut(number))

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            future = self._calls.get(effect.call)
            if future is not None and not future.done():
                future.set_result(effect)
        self._arm()

    def _wake(self) -> None:
        self._timer_for = None
        self._carry_out(self.wallet.tick(self.clock()))

    def _arm(self) -> None:
        due = self.wallet.next_due()
        if due == self._timer_for or self._closed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_for = None, due
        if due is not None:
            wait = max((due - self.clock()).total_seconds(), _SHORTEST_SLEEP_SECONDS)
            self._timer = _call_later(wait, self._wake)


def _call_later(seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, callback)
