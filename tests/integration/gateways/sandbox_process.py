"""The sandbox's gateways as a process of its own, and ours that speak to them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any, TypeVar

import httpx

from adapters.outbound.doku.gateway import DokuGateway
from adapters.outbound.doku.notification import DokuNotifications
from adapters.outbound.exchange import Exchange
from adapters.outbound.midtrans.gateway import MidtransGateway
from adapters.outbound.midtrans.notification import MidtransNotifications
from adapters.outbound.wire import Wire, uptime
from adapters.outbound.xendit.api import EWALLETS
from adapters.outbound.xendit.gateway import XenditGateway
from adapters.outbound.xendit.notification import XenditWebhooks
from application.ports import Charge, Notice, NotificationReader
from domain.attempt import References
from domain.merchant import ProviderAccount
from domain.moment import AttemptClocks
from domain.money import Money
from domain.msisdn import Msisdn
from tests.integration.ovo.sandbox_process import Sandbox

T = TypeVar("T")
AnyGateway = MidtransGateway | XenditGateway | DokuGateway
SOMEBODY = "081355550001"
"""A number that is not magic: its charge waits for a tap."""
IMPATIENT = AttemptClocks(
    customer_window=timedelta(milliseconds=200),
    wallet_answers_within=timedelta(milliseconds=300),
    read_within=timedelta(milliseconds=1_500),
    ask_within=timedelta(milliseconds=1_500),
)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Gate:
    """A provider of the sandbox, and how we make its gateway and read what it tells."""

    name: str
    make: Callable[[Exchange, AttemptClocks], AnyGateway]
    reader: NotificationReader
    holds: bool = False
    """Whether the charge's call is held until the customer has answered."""


def _doku(exchange: Exchange, clocks: AttemptClocks) -> DokuGateway:
    return DokuGateway(
        exchange,
        clock=lambda: datetime.now(UTC),
        new_request_id=lambda: f"r-{next(_numbers)}",
        clocks=clocks,
        status_after=timedelta(0),  # the sandbox knows the truth at once
    )


MIDTRANS = Gate("midtrans", MidtransGateway, MidtransNotifications())
XENDIT = Gate("xendit", lambda e, c: XenditGateway(e, c, EWALLETS), XenditWebhooks())
DOKU = Gate("doku", _doku, DokuNotifications(), holds=True)
GATES = (MIDTRANS, XENDIT, DOKU)


@dataclass(slots=True)
class Desk:
    """One provider at work in the sandbox: its control API, our account, and a charge."""

    gate: Gate
    sandbox: Sandbox
    account: ProviderAccount
    gateway: AnyGateway
    impatient: AnyGateway

    def charge(self, amount: int = 50_000, phone: str = SOMEBODY) -> Charge:
        """A charge with a reference that nobody else has."""
        name = f"IT{next(_numbers):024d}"
        return Charge(
            attempt_id="att_" + "0" * 32,
            account=self.account,
            amount=Money(amount),
            phone=Msisdn(phone),
            references=References({"reference": name}, (f"{self.gate.name}:{name}",)),
            claimed_at=datetime.now(UTC) - timedelta(seconds=1),
            leave_by=uptime() + timedelta(seconds=30),
            order_id="order-1",
            window_ends_at=datetime.now(UTC),
        )

    async def scenario(self, **keys: object) -> None:
        await asyncio.to_thread(self.sandbox.post, f"/scenario/{self.gate.name}", **keys)

    async def tap(self, charge: Charge, what: str) -> None:
        """Let the customer answer that charge, as soon as the sandbox has it."""
        row = await self.row(charge, "waiting")
        await asyncio.to_thread(self.sandbox.post, f"/charges/{row['id']}/{what}")

    async def row(self, charge: Charge, state: str) -> dict[str, Any]:
        """The sandbox's own record of the charge, as soon as it is in that state."""
        for _ in range(500):
            rows = await self.rows(charge)
            if rows and rows[0]["state"] == state:
                return rows[0]
            await asyncio.sleep(0.02)
        raise AssertionError(f"{charge.references.shown} never was {state}: {rows}")

    async def rows(self, charge: Charge) -> list[dict[str, Any]]:
        """The sandbox's own records of that reference."""
        asked = {"provider": self.gate.name, "reference": charge.references.shown["reference"]}
        async with httpx.AsyncClient(trust_env=False) as client:
            told = await client.get(f"{self.sandbox.url}/control/charges", params=asked)
        found: list[dict[str, Any]] = told.json()["charges"]
        return found

    async def accepted(self, charge: Charge) -> Charge:
        """The charge as the core asks about it once it was accepted."""
        told = await self.gateway.push(charge)
        return replace(charge, handle=getattr(told, "handle", {}))

    async def paid(self, **changes: Any) -> Charge:
        """A charge that was approved by its customer."""
        charge = self.charge(**changes)
        tap = asyncio.create_task(self.tap(charge, "approve"))
        known = await self.accepted(charge)
        await tap
        await self.row(charge, "paid")
        return known


@asynccontextmanager
async def a_desk(gate: Gate, sandbox: Sandbox) -> AsyncIterator[Desk]:
    url = f"{sandbox.url}/control/credentials/{gate.name}"
    async with httpx.AsyncClient(trust_env=False) as client:
        told = (await client.get(url)).json()
    account = ProviderAccount("mer_1", gate.name, False, told["credentials"])

    def made(clocks: AttemptClocks) -> AnyGateway:
        exchange = Exchange(
            wire=Wire(), ask_within=clocks.ask_within, test_url=told["url"], live_url=None
        )
        return gate.make(exchange, clocks)

    desk = Desk(gate, sandbox, account, made(AttemptClocks()), made(IMPATIENT))
    try:
        yield desk
    finally:
        await desk.gateway.aclose()
        await desk.impatient.aclose()


@dataclass(slots=True)
class Postbox:
    """Takes notifications as our door would: the bytes, the headers, the path."""

    url: str
    provider: str
    notices: list[Notice] = field(default_factory=list)

    async def until(self, number: int) -> list[Notice]:
        """The notices, as soon as there are so many."""
        for _ in range(500):
            if len(self.notices) >= number:
                return self.notices
            await asyncio.sleep(0.02)
        raise AssertionError(f"{len(self.notices)} of {number} notices came")


@asynccontextmanager
async def a_postbox(provider: str) -> AsyncIterator[Postbox]:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, colon, value in (line.partition(":") for line in lines)
            if colon
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = first.split(" ")[1]
        number = len(box.notices)
        at = datetime.now(UTC)
        box.notices.append(Notice(f"ntf_{number}", provider, path, headers, body, at))
        writer.write(
            b"HTTP/1.1 %d OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK" % HTTPStatus.OK
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    box = Postbox(f"http://127.0.0.1:{port}/notifications/{provider}", provider)
    try:
        yield box
    finally:
        server.close()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it, for at most so long that a hang is told."""

    async def bounded() -> T:
        async with asyncio.timeout(40):
            return await main

    return asyncio.run(bounded())


def body_of(notice: Notice) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(notice.body)
    return told
