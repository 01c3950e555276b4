"""The providers' addresses: each HTTP request becomes a plain value, and its end an answer."""

import asyncio

from aiohttp import web

from sandbox.acquirer.wire import Inbound
from sandbox.lines import CallEnd
from sandbox.local import Handler
from sandbox.timers import Cut
from sandbox.web.board import ProviderBoard

_READ_WITHIN_SECONDS = 10.0


def mount(provider: str) -> str:
    """Where the provider is: `/ovo-snap` for `ovo_snap`."""
    return f"/{provider.replace('_', '-')}"


class Doors:
    """The handlers for merchants' servers."""

    def __init__(self, board: ProviderBoard) -> None:
        self._board = board

    def routes(self) -> list[web.RouteDef]:
        """Everything below each provider's own address."""
        return [
            web.route("*", f"{mount(name)}/{{tail:.*}}", self._door(name))
            for name in self._board.exchange.providers
        ]

    def _door(self, provider: str) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await self._serve(provider, request)

        return handler

    async def _serve(self, provider: str, request: web.Request) -> web.StreamResponse:
        """Hold the connection until the provider has an answer, or cut it without one."""
        if self._board.is_full:
            return web.Response(status=503)
        try:
            async with asyncio.timeout(_READ_WITHIN_SECONDS):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except TimeoutError:
            return web.Response(status=408)
        end = await self._board.ask(lambda number: _inbound(number, provider, request, body))
        return response_of(end, request)


def _inbound(number: int, provider: str, request: web.Request, body: bytes) -> Inbound:
    return Inbound(
        call=number,
        provider=provider,
        method=request.method,
        path=request.rel_url.raw_path.removeprefix(mount(provider)),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        query=request.rel_url.raw_query_string,
        base=f"{request.scheme}://{request.host}{mount(provider)}",
    )


def response_of(end: CallEnd, request: web.Request) -> web.Response:
    """The answer to a call, or the end of its connection."""
    if isinstance(end, Cut):
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)  # nobody reads it: the connection is gone
    if not end.body:
        return web.Response(status=end.status)
    return web.Response(body=end.body, status=end.status, content_type=end.content_type)
