"""Servers on real sockets that misbehave on purpose, and remember every byte they heard."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import pytest
import uvloop

Result = TypeVar("Result")


class Run(Protocol):
    """Runs a coroutine on a fresh event loop of one kind."""

    def __call__(self, main: Coroutine[Any, Any, Result], /) -> Result: ...


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


@dataclass
class Server:
    """What it heard so far: bytes of all connections together, and whole requests."""

    port: int = 0
    connections: int = 0
    heard: bytearray = field(default_factory=bytearray)
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/pos"

    async def request(self, reader: asyncio.StreamReader) -> bytes | None:
        """One whole request, None if the connection ends before."""
        whole = bytearray()
        while part := await reader.read(65_536):
            self.heard += part
            whole += part
            head, blank, body = bytes(whole).partition(b"\r\n\r\n")
            if blank and len(body) >= _length(head):
                self.requests.append(bytes(whole))
                return bytes(whole)
        return None


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


Script = Callable[[Server, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Server]:
    server = Server()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            await script(server, reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(meet, "127.0.0.1", 0, backlog=4096)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


def reply(
    body: bytes, *, status: str = "200 OK", headers: bytes = b"", length: int | None = None
) -> bytes:
    size = len(body) if length is None else length
    return (
        b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
        % (status.encode(), headers, size)
    ) + body


def answering(raw: bytes) -> Script:
    """Reads the request, writes these bytes, closes."""

    async def script(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if await server.request(reader):
            writer.write(raw)
            await writer.drain()

    return script


async def silent(server: Server, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads the request and says nothing until the other side goes away."""
    while await server.request(reader):
        pass


async def finishing(server: Server, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads the whole request, then FIN."""
    await server.request(reader)


async def resetting(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Reads the whole request, then RST."""
    await server.request(reader)
    reset(writer)


async def slamming(_: Server, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RST as soon as the connection is there."""
    reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def dripping(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answers one byte every 20 ms, for ever."""
    await server.request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


def a_free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def a_full_backlog() -> Any:
    """A port whose queue is full and never accepted from: connecting to it hangs."""
    waiting = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            waiting.append(filler)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/pos"
        finally:
            for filler in waiting:
                filler.close()


NEVER: tuple[Script, ...] = (silent, dripping)
"""Scripts that never answer; whatever another one says is worth waiting for."""
