"""A shop whose customers pay one payment after another, each to its end: the webhook."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from bench.figures import percentile
from bench.load import Connection, connect, hang_up, undisturbed
from bench.orders import create, usual_phone
from bench.receiver import receiving

_ORDER = b'"order_id":"'
_WEBHOOK_ID = b"\r\nwebhook-id:"
ACCEPTED = 202
LAST_WEBHOOKS = 30.0
"""Seconds that the last payments have to reach their ends."""


@dataclass(slots=True)
class Sold:
    """What a stretch of selling brought: payments whose webhook came in its time."""

    seconds: float
    wholes: list[float] = field(default_factory=list)
    creates: list[float] = field(default_factory=list)
    started: int = 0
    unfinished: int = 0
    wrong: int = 0
    spent: float = 0.0

    @property
    def cpu_ms(self) -> float:
        """What one payment cost all processes of the house, wallet included, in ms."""
        return self.spent / self.started * 1_000

    @property
    def rate(self) -> float:
        """Whole payments a second."""
        return len(self.wholes) / self.seconds

    def create_p99_ms(self) -> float:
        """How long a create took at this load."""
        return percentile(sorted(self.creates), 0.99) * 1_000

    def whole_ms(self, share: float) -> float:
        """How long a payment took from its start to its webhook."""
        return percentile(sorted(self.wholes), share) * 1_000


@dataclass(slots=True)
class Shop:
    """The customers and the webhook endpoint of one house."""

    port: int
    key: str
    phone: Callable[[int], str] = usual_phone
    stories: dict[bytes, set[bytes]] = field(default_factory=dict)
    deliveries: int = 0
    _waiting: dict[bytes, asyncio.Future[None]] = field(default_factory=dict)
    _orders: Iterator[int] = field(default_factory=count)
    _tag: str = field(default_factory=lambda: uuid4().hex[:8])

    @asynccontextmanager
    async def open(self, hook_port: int) -> AsyncIterator[None]:
        """Hear the webhooks there."""
        async with receiving(hook_port, self._told):
            yield

    async def sell(self, *, customers: int, seconds: float) -> Sold:
        """Closed model: each customer begins the next payment when the webhook of the last came."""
        sold = Sold(seconds)
        connections = await connect(self.port, customers)
        with undisturbed():
            end = time.perf_counter() + seconds
            sales = [asyncio.create_task(self._buy(c, sold, end)) for c in connections]
            _, late = await asyncio.wait(sales, timeout=seconds + LAST_WEBHOOKS)
        for sale in late:
            sale.cancel()
        sold.unfinished = len(late)
        await hang_up(connections)
        return sold

    async def _buy(self, connection: Connection, sold: Sold, end: float) -> None:
        loop = asyncio.get_running_loop()
        while (began := time.perf_counter()) < end:
            number = next(self._orders)
            order_id = f"{self._tag}-{number}"
            told = self._waiting[order_id.encode()] = loop.create_future()
            answered: asyncio.Future[int] = loop.create_future()
            connection.ask(
                create(order_id, self.phone(number), self.key),
                # mypy cannot tell the type of a lambda's default.
                lambda status, _, answered=answered: answered.set_result(status),  # type: ignore[misc]
            )
            sold.started += 1
            if await answered != ACCEPTED:
                sold.wrong += 1
                return
            sold.creates.append(time.perf_counter() - began)
            await told
            done = time.perf_counter()
            if done <= end:
                sold.wholes.append(done - began)

    def _told(self, head: bytes, body: bytes) -> None:
        order_id = body[body.index(_ORDER) + len(_ORDER) :].partition(b'"')[0]
        event = head.partition(_WEBHOOK_ID)[2].partition(b"\r\n")[0].strip()
        self.deliveries += 1
        self.stories.setdefault(order_id, set()).add(event)
        waiting = self._waiting.pop(order_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
