"""The number of open connections: those beyond the bound get an empty 503 and are closed."""

import asyncio
from collections.abc import Callable

from aiohttp import web

CONNECTIONS = 16_000
_TURNED_AWAY_AT_ONCE = 1_000
_TURN_AWAY_WITHIN_SECONDS = 1.0
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Door:
    """Makes the protocol of each new connection: the server's, or that of one too many."""

    def __init__(self, server: web.Server, connections: int) -> None:
        self._server = server
        self._connections = connections
        self._at_most = 0
        self._turned_away = 0

    def __call__(self) -> asyncio.BaseProtocol:
        """The protocol for a connection that was just accepted."""
        if self._at_most >= self._connections:  # the exact count is a walk: only when it matters
            self._at_most = len(self._server.connections)
        if self._at_most < self._connections:
            self._at_most += 1
            return self._server()
        if self._turned_away >= _TURNED_AWAY_AT_ONCE:
            return _TurnedAway(patience=0, gone=lambda: None)
        self._turned_away += 1
        return _TurnedAway(patience=_TURN_AWAY_WITHIN_SECONDS, gone=self._gone)

    def _gone(self) -> None:
        self._turned_away -= 1


class _TurnedAway(asyncio.Protocol):
    """A connection beyond the bound: it is told so once it speaks, and closed soon."""

    def __init__(self, *, patience: float, gone: Callable[[], None]) -> None:
        self._patience = patience
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._told = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._patience, transport.close)

    def data_received(self, _: bytes) -> None:
        """Answer the first bytes; to close with more of them unread would unsay the answer."""
        if self._told or self._transport is None:
            return
        self._told = True
        self._transport.write(_FULL)
        self._transport.write_eof()

    def connection_lost(self, _: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._gone()
