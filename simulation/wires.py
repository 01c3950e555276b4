"""The wire of the gateways with the world in the place of its sockets."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import final
from urllib.parse import urlsplit

import httpx

from adapters.outbound.wire import Answer, Guard, TooLate, Wire
from sandbox.acquirer.wire import Inbound
from sandbox.timers import Reply
from simulation.dice import Dice
from simulation.loop import WorldLoop
from simulation.roads import Roads
from simulation.switches import Switches
from simulation.world import World

HOST = "http://sandbox"
"""Where every provider has a folder of its own."""
_OF_TOKENS = "access-token"


@dataclass(slots=True)
class Trip:
    """What a gateway is asked for: whatever it sends on the way throws the same dice.

    `left` hears of each request that may move money, as its first byte is written, and whether the
    same was sent before.
    """

    acts: bool
    dice: Dice
    left: Callable[[bool], None]
    sent: bool = False


TRIP: ContextVar[Trip] = ContextVar("TRIP")
"""That of the task that runs."""


@final
class WorldWire(Wire):
    """Looks, sends and waits as the real one does; without a trip nothing goes wrong on it."""

    def __init__(self, world: World, roads: Roads, switches: Switches, loop: WorldLoop) -> None:
        super().__init__(uptime=world.uptime)
        self._roads = roads
        self._switches = switches
        self._loop = loop

    async def post(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        guard: Guard,
        *,
        connect: float | None,
        read: float | None,
    ) -> Answer:
        return await self._carried(_inbound("POST", url, headers, body), guard, read)

    async def get(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        guard: Guard,
        *,
        connect: float | None,
        read: float | None,
    ) -> Answer:
        return await self._carried(_inbound("GET", url, headers, b""), guard, read)

    async def _carried(self, inbound: Inbound, guard: Guard, read: float | None) -> Answer:
        trip = TRIP.get(None)
        try:
            if trip is None:
                guard.pass_at(self.uptime())
                return _answer(self._roads.ask_calmly(inbound))
            await self._connected(inbound.provider, guard, trip.dice)
            acts = trip.acts and inbound.method == "POST" and _OF_TOKENS not in inbound.path
            guard.pass_at(self.uptime())
            if acts:
                trip.left(trip.sent)
                trip.sent = True
            return await self._over(inbound, guard, read, trip, acts=acts)
        finally:
            guard.shut = True

    async def _connected(self, provider: str, guard: Guard, dice: Dice) -> None:
        if guard.shut or self.uptime() >= guard.leave_by:
            raise TooLate("shut or too late before it began")
        if self._roads.is_away(provider) and dice.chance(0.5):
            await asyncio.sleep(dice.seconds(0, 5).total_seconds())
            raise httpx.ConnectError("no connection")
        if dice.chance(self._switches.slow_way):
            await asyncio.sleep(dice.seconds(0, 4).total_seconds())

    async def _over(
        self, inbound: Inbound, guard: Guard, read: float | None, trip: Trip, *, acts: bool
    ) -> Answer:
        dice, switches = trip.dice, self._switches
        if acts and dice.chance(switches.unseen_pause):
            await asyncio.sleep(dice.seconds(0, switches.longest_pause).total_seconds())
        waiting: asyncio.Future[Reply | None] = self._loop.create_future()

        def answered(reply: Reply | None) -> None:
            if not waiting.done():
                waiting.set_result(reply)

        self._roads.depart(inbound, dice, lambda r: self._loop.deliver(lambda: answered(r)))
        patience = max(guard.end_by - self.uptime(), timedelta(0)).total_seconds()
        try:
            async with asyncio.timeout(patience if read is None else min(read, patience)):
                reply = await waiting
        except TimeoutError as silent:
            raise httpx.ReadTimeout("no answer in time") from silent
        if reply is None:
            raise httpx.ReadError("the connection was cut")
        return _answer(reply)


def _inbound(method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Inbound:
    parts = urlsplit(url)
    _, folder, *below = parts.path.split("/")
    return Inbound(
        call=0,
        provider=folder.replace("-", "_"),
        method=method,
        path="/" + "/".join(below),
        headers={name.lower(): value for name, value in headers},
        body=body,
        query=parts.query,
        base=f"{HOST}/{folder}",
    )


def _answer(reply: Reply) -> Answer:
    return Answer(reply.status, (), reply.body)
