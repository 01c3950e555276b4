"""A provider that gives tokens, and what goes wrong with it."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.token_times import TokenTimes
from adapters.outbound.tokens import TokenSource
from application.ports import (
    KeptToken,
    KeptTokens,
    StoreUnavailable,
    Token,
    TokenFetch,
    TokenKey,
)
from tests.builders import MERCHANT
from tests.contracts.stores import HandClock

KEY = TokenKey("ovo_qris", MERCHANT, livemode=False, client="client-1")
LIFE = timedelta(seconds=900)
SOON = timedelta(seconds=10)
MEET_WITHIN = 5.0
QUICK = TokenTimes(
    fetch_within=timedelta(seconds=5),
    look_every=timedelta(milliseconds=2),
    look_ahead_every=timedelta(milliseconds=20),
    save_again_every=timedelta(milliseconds=5),
)
"""As the real ones, but for what a test would wait for."""


@final
@dataclass
class Provider:
    """Gives a fresh token each time, after a moment, and remembers what it was asked with."""

    clock: Callable[[], datetime]
    life: timedelta = LIFE
    takes: float = 0.001
    broken: Exception | None = None
    gate: asyncio.Event | None = None
    before: list[Token | None] = field(default_factory=list)

    @property
    def fetches(self) -> int:
        return len(self.before)

    async def __call__(self, before: Token | None) -> Token:
        self.before.append(before)
        number, asked_at = self.fetches, self.clock()
        await asyncio.sleep(self.takes)
        if self.gate is not None:
            await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        return Token(
            f"secret-access-{number}", asked_at, asked_at + self.life, f"secret-next-{number}"
        )


@final
class StoreOnTrial(KeptTokens):
    """Kept tokens that can be out of reach, and that count how often they are asked."""

    def __init__(self, kept: KeptTokens) -> None:
        self.kept = kept
        self.away = self.unwritable = False
        self.reads = self.writes = 0
        self.meeting: threading.Barrier | None = None

    def meet(self, readers: int) -> None:
        """Let the next so many readers all have read before any of them goes on."""

        def over() -> None:
            self.meeting = None

        self.meeting = threading.Barrier(readers, over, timeout=MEET_WITHIN)

    def get(self, key: TokenKey) -> KeptToken | None:
        self.reads += 1
        if self.away:
            raise StoreUnavailable
        found, meeting = self.kept.get(key), self.meeting
        if meeting is not None:
            meeting.wait()
        return found

    def put(self, kept: KeptToken) -> bool:
        self.writes += 1
        if self.away or self.unwritable:
            raise StoreUnavailable
        return self.kept.put(kept)

    def drop(self, key: TokenKey) -> None:
        self.kept.drop(key)


@final
class House:
    """One store, one provider, and as many processes as a test makes sources."""

    def __init__(self, times: TokenTimes = QUICK) -> None:
        self.clock = HandClock()
        self.store = StoreOnTrial(MemoryStore(self.clock).tokens)
        self.provider = Provider(self.clock)
        self.told: list[TokenFetch] = []
        self.times = times

    def source(self, *, off: timedelta = timedelta(0)) -> TokenSource:
        """A process whose clock is off by that."""
        return TokenSource(
            self.store, lambda: self.clock() + off, observe=self.told.append, times=self.times
        )

    async def ask(self, source: TokenSource, within: timedelta = SOON) -> Token:
        return await source.token(KEY, self.provider, within=within)

    async def ask_together(self, source: TokenSource, count: int) -> list[Token]:
        return await asyncio.gather(*[self.ask(source) for _ in range(count)])


async def ended() -> None:
    """Wait until everything that was begun beside us has come to its end, and fail if it hangs."""
    beside = asyncio.all_tasks() - {asyncio.current_task()}
    if beside:
        _, hanging = await asyncio.wait(beside, timeout=30)
        assert not hanging


async def settled() -> None:
    """Let what was begun beside us come to its end."""
    for _ in range(20):
        await asyncio.sleep(0.002)
