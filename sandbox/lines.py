"""Joins open connections to a machine: one future for each held call, one timer for all."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Protocol, TypeAlias

from sandbox.clock import VirtualClock
from sandbox.timers import Cut, Reply

CallEnd: TypeAlias = Reply | Cut
_SHORTEST_SLEEP_SECONDS = 0.001


class Machine(Protocol):
    """What has no clock and no socket, and says what is to happen and when."""

    @abstractmethod
    def tick(self, now: datetime) -> Sequence[CallEnd]:
        """Let happen what is due; the calls that end by it."""

    @abstractmethod
    def next_due(self) -> datetime | None:
        """When `tick` next has something to do."""

    @abstractmethod
    def leave(self, call: int, now: datetime) -> None:
        """Note that a caller closed its connection."""


class Lines:
    """The held calls of one machine, and the one timer that wakes it."""

    def __init__(
        self,
        machine: Machine,
        clock: VirtualClock,
        *,
        most: int,
        afterwards: Callable[[], None] = lambda: None,
    ) -> None:
        self._afterwards = afterwards  # called whenever the machine has acted
        self._machine = machine
        self._clock = clock
        self._most = most
        self._calls: dict[int, asyncio.Future[CallEnd]] = {}
        self._numbers = count(1)
        self._timer: asyncio.TimerHandle | None = None
        self._timer_for: datetime | None = None
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether another call would be one too many."""
        return len(self._calls) >= self._most

    @property
    def held(self) -> int:
        """How many calls are open."""
        return len(self._calls)

    async def hold(self, begin: Callable[[int], Sequence[CallEnd]]) -> CallEnd:
        """Begin a call under a new number, and wait for what becomes of it."""
        number = next(self._numbers)
        if self._closed:
            return Cut(number)
        future: asyncio.Future[CallEnd] = asyncio.get_running_loop().create_future()
        self._calls[number] = future
        try:
            self.carry_out(begin(number))
            return await future
        finally:
            del self._calls[number]
            self._machine.leave(number, self._clock())  # matters only to a call still held

    def carry_out(self, ends: Sequence[CallEnd]) -> None:
        """Tell the callers, and set the timer for what comes next."""
        for end in ends:
            future = self._calls.get(end.call)
            if future is not None and not future.done():
                future.set_result(end)
        self._afterwards()
        self.arm()

    def wake(self) -> None:
        """Let happen what is due by now."""
        self._timer_for = None
        self.carry_out(self._machine.tick(self._clock()))

    def arm(self) -> None:
        """Set the timer for what the machine has to do next."""
        due = self._machine.next_due()
        if due == self._timer_for or self._closed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_for = None, due
        if due is not None:
            wait = max((due - self._clock()).total_seconds(), _SHORTEST_SLEEP_SECONDS)
            self._timer = asyncio.get_running_loop().call_later(wait, self.wake)

    def cut_all(self) -> None:
        """Cut every held call."""
        for number, future in self._calls.items():
            if not future.done():
                future.set_result(Cut(number))

    def close(self) -> None:
        """Cut every held call, and those that come yet."""
        self._closed = True
        self.cut_all()
        if self._timer is not None:
            self._timer.cancel()
