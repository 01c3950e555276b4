"""The sandbox as a server: POST /pos, the pages and the control API on one port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from aiohttp import web

from sandbox.accounts import DEMO_ACCOUNT, Account, Accounts
from sandbox.acquirer.plan import Plan
from sandbox.clock import VirtualClock
from sandbox.control import Control
from sandbox.door import CONNECTIONS, Door
from sandbox.handsets import Handsets
from sandbox.providers import exchange_of
from sandbox.scenario import Scenario
from sandbox.switchboard import HELD_CALLS, Switchboard
from sandbox.timers import Effect
from sandbox.wallet import Wallet
from sandbox.web.board import ProviderBoard
from sandbox.web.control import ProviderControl
from sandbox.web.doors import Doors, response_of
from sandbox.web.pin import PinDoors
from sandbox.web.scan import ScanDoors

BODY_BYTES = 64 * 1024
_BACKLOG = 4_096
_READ_WITHIN_SECONDS = 10.0
_STOP_WITHIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens: where, and the switchboard behind it."""

    url: str
    port: int
    board: Switchboard
    providers: ProviderBoard


class Pos:
    """`POST /pos`: the wallet's one address for merchants."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Hold the connection until the wallet has an answer, or cut it without one."""
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        if self._board.is_full:
            return web.Response(status=503)
        try:
            async with asyncio.timeout(_READ_WITHIN_SECONDS):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except TimeoutError:
            return web.Response(status=408)
        return response_of(await self._ask(request, body), request)

    async def _ask(self, request: web.Request, body: bytes) -> Effect:
        headers = request.headers
        return await self._board.ask(
            app_id=headers.get("app-id", ""),
            random=headers.get("random", ""),
            hmac=headers.get("hmac", ""),
            body=body,
            is_json=request.content_type == "application/json",
        )


@asynccontextmanager
async def serving(
    scenario: Scenario,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    accounts: tuple[Account, ...] = (),
    plans: Mapping[str, Plan] | None = None,
    seed: int = 0,
    connections: int = CONNECTIONS,
    held_calls: int = HELD_CALLS,
) -> AsyncIterator[Running]:
    """A sandbox that listens until the block ends; held calls are cut then. Port 0 picks one.

    A connection or a held call beyond its bound gets an empty 503. Raises OSError when the
    address cannot be had.
    """
    wallet = Wallet(
        accounts=Accounts(DEMO_ACCOUNT, *accounts),
        scenario=scenario,
        random=Random(seed),  # noqa: S311 # accidents that can be repeated, not secrets
    )
    board = Switchboard(wallet, VirtualClock(), held_calls=held_calls)
    board.reset(scenario)  # starts the time of an outage that it may begin with
    providers = ProviderBoard(
        exchange_of(plans or {}, seed=seed), board.clock, held_calls=held_calls
    )
    runner = web.AppRunner(
        _application(board, scenario, providers),
        access_log=None,
        handler_cancellation=True,  # a caller that leaves frees its call
        shutdown_timeout=_STOP_WITHIN_SECONDS,
    )
    await runner.setup()
    try:
        server = await _listen(runner, host, port, connections)
        found = server.sockets[0].getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        try:
            yield Running(f"http://{shown}:{found}", found, board, providers)
        finally:
            server.close()
    finally:
        board.close()
        await providers.close()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, connections: int) -> asyncio.Server:
    server = runner.server
    assert server is not None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return await asyncio.get_running_loop().create_server(
        Door(server, connections), host, port, family=family, backlog=_BACKLOG
    )


def _application(
    board: Switchboard, scenario: Scenario, providers: ProviderBoard
) -> web.Application:
    app = web.Application(client_max_size=BODY_BYTES)
    app.router.add_route("*", "/pos", Pos(board).__call__)
    app.add_routes([web.get("/healthz", _health), *Handsets(board, providers).routes()])
    app.add_routes(ProviderControl(providers).routes())
    app.add_routes(Control(board, providers, scenario).routes())
    app.add_routes([*PinDoors(providers).routes(), *ScanDoors(providers).routes()])
    app.add_routes(Doors(providers).routes())
    app.router.add_route("*", "/{tail:.*}", _nothing)
    return app


async def _health(_: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "ok"})


async def _nothing(_: web.Request) -> web.StreamResponse:
    return web.Response(status=404)  # an empty body, as the wallet's unknown paths have
