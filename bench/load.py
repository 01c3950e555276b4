"""A load generator: raw HTTP/1.1 over asyncio, lean so that it leaves the cores to the server.

A general client (aiohttp, httpx) would need as much of the two cores as the server under test and
so flatter every ratio of two servers.
"""

import asyncio
import gc
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import orjson

from bench.figures import percentile

MOST_CONNECTIONS = 2_000
"""Of an open model: arrivals that find them all busy wait, and their waiting counts."""
_END = b"\r\n\r\n"
Heard = Callable[[int, bytes], None]


class Connection(asyncio.Protocol):
    """A kept-alive connection with one request at a time; status 0 tells that it was lost."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._got = bytearray()
        self._heard: Heard | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by type

    def ask(self, request: bytes, heard: Heard) -> None:
        """Send the request; `heard` is called with status and body."""
        assert self._transport is not None
        assert self._heard is None
        self._heard = heard
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(_END)
        if end < 0:
            return
        head = bytes(self._got[:end]).lower()
        body = _body(head, self._got[end + 4 :])
        if body is not None:
            status = int(head[9:12])
            self._got.clear()
            self._tell(status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell(0, b"")

    def close(self) -> None:
        """Hang up; nothing is told any more."""
        self._heard = None
        if self._transport is not None:
            self._transport.abort()

    def _tell(self, status: int, body: bytes) -> None:
        heard, self._heard = self._heard, None
        if heard is not None:
            heard(status, body)


def _body(head: bytes, rest: bytearray) -> bytes | None:
    """The whole body, or None while some of it is missing."""
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 :].partition(b"\r\n")[0])
        return bytes(rest) if len(rest) >= length else None
    if b"\r\ntransfer-encoding: chunked" in head:
        return bytes(rest) if rest.endswith(b"0\r\n\r\n") else None
    return b""


@dataclass(slots=True)
class Load:
    """What a stretch of load found; `server_seconds` is the server's CPU time meanwhile.

    `late` counts what was asked but not answered by its end.
    """

    seconds: float
    latencies: list[float] = field(default_factory=list)
    wrong: dict[int, int] = field(default_factory=dict)
    late: int = 0
    server_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return len(self.latencies) / self.seconds

    def p(self, share: float) -> float:
        """That percentile of the latencies, in ms."""
        return percentile(sorted(self.latencies), share) * 1_000

    @property
    def server_us(self) -> float:
        """The server's CPU time for each answer, in µs."""
        return self.server_seconds / len(self.latencies) * 1e6

    def add(self, status: int, expected: int, seconds: float) -> None:
        """Count an answer."""
        if status == expected:
            self.latencies.append(seconds)
        else:
            self.wrong[status] = self.wrong.get(status, 0) + 1

    def check(self) -> "Load":
        """Itself; raises RuntimeError when an answer was not what it should be."""
        if self.wrong or not self.latencies:
            raise RuntimeError(f"unexpected answers, by status: {self.wrong or 'none at all'}")
        return self


def post(path: str, body: object, *, key: str = "", idempotency_key: str = "") -> bytes:
    """A POST of JSON as bytes."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += [f"Idempotency-Key: {idempotency_key}"] if idempotency_key else []
    return "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode() + data


def get(path: str, *, key: str = "") -> bytes:
    """A GET as bytes."""
    authorized = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n{authorized}\r\n".encode()


async def connect(port: int, connections: int) -> list[Connection]:
    """So many connections to a local port."""
    loop = asyncio.get_running_loop()
    made = []
    for _ in range(connections):
        _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        made.append(connection)
    return made


async def closed(
    port: int, requests: Iterator[bytes], *, clients: int, seconds: float, expected: int
) -> Load:
    """Closed model: so many clients, each asking again as soon as it is answered."""
    connections = await connect(port, clients)
    load = Load(seconds)
    clock = time.perf_counter
    with undisturbed():
        end = clock() + seconds

        def ask(connection: Connection) -> None:
            began = clock()

            def heard(status: int, _: bytes) -> None:
                now = clock()
                if now < end:
                    load.add(status, expected, now - began)
                    if status:
                        ask(connection)

            connection.ask(next(requests), heard)

        for connection in connections:
            ask(connection)
        await asyncio.sleep(seconds)
    await hang_up(connections)
    return load


async def opened(
    port: int, requests: Iterator[bytes], *, rate: float, seconds: float, expected: int
) -> Load:
    """Open model: Poisson arrivals at this rate, whatever the server does; waiting counts.

    A latency runs from the moment at which its request was meant to leave.
    """
    idle = deque(await connect(port, min(MOST_CONNECTIONS, max(32, int(rate / 20)))))
    everyone = list(idle)
    waiting: deque[tuple[float, bytes]] = deque()
    load = Load(seconds)
    loop = asyncio.get_running_loop()
    chance = random.Random(1)
    with undisturbed():
        end = loop.time() + seconds

        def serve(connection: Connection, meant: float, request: bytes) -> None:
            def heard(status: int, _: bytes) -> None:
                load.late -= 1
                load.add(status, expected, loop.time() - meant)
                if waiting:
                    serve(connection, *waiting.popleft())
                else:
                    idle.append(connection)

            connection.ask(request, heard)

        def arrive(meant: float) -> None:
            while meant <= loop.time() and meant < end:
                load.late += 1
                if idle:
                    serve(idle.popleft(), meant, next(requests))
                else:
                    waiting.append((meant, next(requests)))
                meant += chance.expovariate(rate)
            if meant < end:
                loop.call_at(meant, arrive, meant)

        arrive(loop.time())
        await asyncio.sleep(seconds)
        for _ in range(100):
            if not load.late:
                break
            await asyncio.sleep(0.05)
    await hang_up(everyone)
    return load


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the garbage collector's pauses."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def hang_up(connections: Sequence[Connection]) -> None:
    # What is still being answered is let run out, so that it does not weigh on the next stretch.
    await asyncio.sleep(0.3)
    for connection in connections:
        connection.close()
