"""Joins the providers' machine to open connections, to the clock, and to merchants' servers."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import aiohttp

from sandbox.acquirer.exchange import Exchange
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.wire import Inbound, Post
from sandbox.clock import VirtualClock
from sandbox.lines import CallEnd, Lines
from sandbox.switchboard import HELD_CALLS
from sandbox.taps import Tap

POSTS_AT_ONCE = 64
WAITING_POSTS = 20_000
_ANSWER_BYTES = 64 * 1024
_ANSWER_WITHIN_SECONDS = 15.0

Result = TypeVar("Result")


class ProviderBoard:
    """The only place where the providers meet the event loop, the clock and HTTP."""

    def __init__(
        self, exchange: Exchange, clock: VirtualClock, *, held_calls: int = HELD_CALLS
    ) -> None:
        self.exchange = exchange
        self.clock = clock
        self._lines = Lines(exchange, clock, most=held_calls, afterwards=self._send)
        self._sending: set[asyncio.Task[None]] = set()
        self._at_once = asyncio.Semaphore(POSTS_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    @property
    def is_full(self) -> bool:
        """Whether another call would be one too many."""
        return self._lines.is_full

    @property
    def held(self) -> int:
        """How many calls are open."""
        return self._lines.held

    async def ask(self, inbound: Callable[[int], Inbound]) -> CallEnd:
        """Hand a request to its provider and wait for what becomes of the call."""
        return await self._lines.hold(
            lambda number: self.exchange.hear(inbound(number), self.clock())
        )

    def act(self, action: Callable[[datetime], Result]) -> Result:
        """Let a person or a program act, and let happen what follows from it."""
        now = self.clock()
        self._lines.carry_out(self.exchange.tick(now))
        try:
            return action(now)
        finally:
            self._lines.carry_out(self.exchange.tick(now))

    def tap(self, charge_id: str, tap: Tap) -> None:
        """Let a customer act. Raises UnknownPushError or EndedPushError."""
        self._lines.carry_out(self.exchange.tap(charge_id, tap, self.clock()))

    def change(self, provider: str, plan: Plan) -> None:
        """Do as this plan says from now on."""
        self.exchange.change(provider, plan)
        self._lines.arm()

    def wake(self) -> None:
        """Let happen what is due: the clock was moved."""
        self._lines.wake()

    def reset(self) -> None:
        """Cut every held call and forget everything."""
        self._lines.cut_all()
        for task in self._sending:
            task.cancel()
        self.exchange.reset()
        self._lines.arm()

    async def close(self) -> None:
        """Cut every held call, those that come yet, and what is being sent."""
        self._lines.close()
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _send(self) -> None:
        for post in self.exchange.posts():
            if len(self._sending) >= WAITING_POSTS:
                self.exchange.mail.heard(post.number, None, b"", self.clock())
                continue
            task = asyncio.get_running_loop().create_task(self._deliver(post))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _deliver(self, post: Post) -> None:
        async with self._at_once:
            try:
                status, body = await self._post(post)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                status, body = None, b""
        self.exchange.mail.heard(post.number, status, body, self.clock())
        self._lines.arm()

    async def _post(self, post: Post) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                trust_env=False, connector=aiohttp.TCPConnector(limit=0, force_close=True)
            )
        async with (
            asyncio.timeout(_ANSWER_WITHIN_SECONDS),
            self._session.post(
                post.url, data=post.body, headers=dict(post.headers), allow_redirects=False
            ) as response,
        ):
            return response.status, await response.content.read(_ANSWER_BYTES)
