"""A merchant's webhook endpoint, as lean as the load generator, in whose loop it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

_END = b"\r\n\r\n"
_YES = b"HTTP/1.1 204 No Content\r\n\r\n"
Told = Callable[[bytes, bytes], None]
"""Called with the head, in lower case, and the body."""


class _Hook(asyncio.Protocol):
    def __init__(self, told: Told) -> None:
        self._told = told
        self._got = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(_END)
        if end < 0:
            return
        head = bytes(self._got[:end]).lower()
        length = int(head[head.index(b"content-length:") + 15 :].partition(b"\r\n")[0])
        if len(self._got) < end + 4 + length:
            return
        body = bytes(self._got[end + 4 :])
        self._got.clear()
        self._told(head, body)
        assert self._transport is not None
        self._transport.write(_YES)


@asynccontextmanager
async def receiving(port: int, told: Told) -> AsyncIterator[None]:
    """Listen on that local port; every webhook is answered 204 at once."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Hook(told), "127.0.0.1", port, backlog=1_024)
    try:
        yield
    finally:
        server.close()
