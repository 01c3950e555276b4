"""The one way out: httpx over aiohttp, with our own mark of whether a request was sent."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import SimpleNamespace

import aiohttp
import httpx

from adapters.outbound.guard import Guard, TooLate
from adapters.outbound.uptime import uptime

LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer's body, after decompression; a longer one is refused."""
_CHUNK = 8 * 1024
_SET_BY_US = frozenset(
    b"accept-encoding connection content-length expect host transfer-encoding".split()
)
_NOT_PASSED_ON = frozenset(
    b"connection content-encoding content-length set-cookie transfer-encoding".split()
)
_AddressInfo = tuple[
    int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]
]


class AddressRefused(httpx.ConnectError, PermissionError):
    """The resolved address is one that must not be spoken to; nothing was connected or sent."""


class AnswerTooLarge(httpx.ReadError):
    """The answer's body is longer than LARGEST_ANSWER."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: its status, its headers as they were sent, and its whole body."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    content: bytes

    def header(self, name: bytes) -> str:
        """The first header of that name (lower case); empty when there is none."""
        for found, value in self.headers:
            if found.lower() == name:
                return value.decode("utf-8", "replace")
        return ""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    guard: Guard
    patience: aiohttp.ClientTimeout


@dataclass(slots=True, eq=False)
class _Call:
    guard: Guard
    limit: asyncio.Timeout


class Wire(httpx.AsyncBaseTransport):
    """Sends POSTs, each on a fresh connection unless `keep_alive`, and never twice; asks by GET.

    No redirect, proxy, cookie or retry. `on_the_wire` bounds how long the kernel may still try to
    deliver what was written (Linux TCP_USER_TIMEOUT). `allow` judges each resolved IP address just
    before it is connected to. Whatever is raised, the guard alone tells whether it was sent. For
    one event loop; how many calls run at once is the caller's to bound.
    """

    def __init__(
        self,
        *,
        keep_alive: bool = False,
        on_the_wire: timedelta = timedelta(seconds=10),
        allow: Callable[[str], bool] | None = None,
        uptime: Callable[[], timedelta] = uptime,
    ) -> None:
        self.uptime = uptime
        self._keep_alive = keep_alive
        self._on_the_wire = on_the_wire
        self._allow = allow
        self._session: aiohttp.ClientSession | None = None
        self._unsent: set[_Call] = set()
        self._shut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request of httpx's, as `post` gives it.

        The guard lies in `request.extensions`. Only POST with a body: the last look happens at the
        body's first byte, and aiohttp would repeat other methods by itself.
        """
        guard = request.extensions["guard"]
        assert isinstance(guard, Guard)
        body = await request.aread()
        if request.method != "POST" or not body:
            raise httpx.UnsupportedProtocol("only a POST with a body can be guarded")
        patience = request.extensions.get("timeout", {})
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
            if name.lower() not in _SET_BY_US
        ]
        answer = await self.post(
            str(request.url),
            headers,
            body,
            guard,
            connect=patience.get("connect"),
            read=patience.get("read"),
        )
        return httpx.Response(
            answer.status,
            headers=[h for h in answer.headers if h[0].lower() not in _NOT_PASSED_ON],
            content=answer.content,
        )

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
        """POST a body that is not empty; the answer, read to its end. Raises httpx.TransportError.

        `connect` and `read` bound in seconds each step of that kind. An httpx client around the
        wire would double what a call costs: requests and answers of many give themselves to this.
        """
        assert body, "the last look happens at the body's first byte"
        return await self._sent(
            _Request("POST", url, headers, body, guard, _patience(connect, read))
        )

    async def get(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        guard: Guard,
        *,
        connect: float | None,
        read: float | None,
    ) -> Answer:
        """GET, for questions that move nothing; the answer, as of `post`.

        The last look happens before the head is written. Raises httpx.TransportError.
        """
        assert not self._keep_alive, "a question is asked on a fresh connection"
        return await self._sent(_Request("GET", url, headers, b"", guard, _patience(connect, read)))

    def shut(self) -> None:
        """From now on nothing unsent leaves: such calls end at once; those sent go on.

        To be called on the loop's own thread; cannot be undone.
        """
        self._shut = True
        for call in self._unsent:
            if not call.limit.expired():
                call.limit.reschedule(asyncio.get_running_loop().time())

    async def aclose(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def _sent(self, request: _Request) -> Answer:
        guard = request.guard
        try:
            return await self._call(request)
        except TimeoutError as slow:
            timed_out = httpx.ReadTimeout if guard.sent else httpx.ConnectTimeout
            raise timed_out("no answer in time" if guard.sent else "no connection") from slow
        except (aiohttp.ClientError, OSError) as broken:
            if ours := _our_refusal(broken):
                raise ours from None
            cut = httpx.ReadError if guard.sent else httpx.ConnectError
            raise cut(type(broken).__name__) from broken
        finally:
            guard.shut = True

    async def _call(self, request: _Request) -> Answer:
        guard = request.guard
        if self._shut or guard.shut or self.uptime() >= guard.leave_by:
            raise TooLate("shut or too late before it began")
        until = min(guard.leave_by, guard.end_by)
        async with asyncio.timeout(self._seconds_to(until)) as limit:
            call = _Call(guard, limit)
            self._unsent.add(call)
            try:
                return await self._exchange(request, call)
            finally:
                self._unsent.discard(call)

    async def _exchange(self, request: _Request, call: _Call) -> Answer:
        async with self._open().request(
            request.method,
            request.url,
            data=request.body or None,
            headers=[*request.headers, ("Accept-Encoding", "identity")],
            timeout=request.patience,
            trace_request_ctx=call,
            allow_redirects=False,
        ) as answer:
            content = bytearray()
            async for part in answer.content.iter_chunked(_CHUNK):
                content += part
                if len(content) > LARGEST_ANSWER:
                    answer.close()
                    raise AnswerTooLarge("the answer is too long")
            if not call.guard.sent:
                raise httpx.RemoteProtocolError("answered before it was asked")
            return Answer(answer.status, answer.raw_headers, bytes(content))

    async def _last_look(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, __: object
    ) -> None:
        # aiohttp awaits this in the very step that writes the first bytes (head and body
        # together), after connection and TLS are ready; on_request_headers_sent would be too early.
        call = context.trace_request_ctx
        if call.guard.sent:
            return
        if self._shut or call.limit.expired():
            raise TooLate("shut before it was sent")
        call.guard.pass_at(self.uptime())
        self._unsent.discard(call)
        loop = asyncio.get_running_loop()
        call.limit.reschedule(loop.time() + self._seconds_to(call.guard.end_by))

    async def _look_at_head(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        head: aiohttp.TraceRequestHeadersSentParams,
    ) -> None:
        if head.method != "GET":  # the last look happens at the body's first byte
            return
        if context.trace_request_ctx.guard.sent:
            # aiohttp asks again by itself where a question was not answered.
            raise aiohttp.ServerDisconnectedError("a question is asked once")
        await self._last_look(session, context, head)

    def _seconds_to(self, deadline: timedelta) -> float:
        return max(0.0, (deadline - self.uptime()).total_seconds())

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            looks = aiohttp.TraceConfig()
            looks.on_request_headers_sent.append(self._look_at_head)
            looks.on_request_chunk_sent.append(self._last_look)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, force_close=not self._keep_alive, socket_factory=self._socket
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[looks],
                trust_env=False,
            )
        return self._session

    def _socket(self, info: _AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if self._allow is not None and not self._allow(str(address[0])):
            raise AddressRefused("the address is not allowed")
        fresh = socket.socket(family, kind, protocol)
        fresh.setblocking(False)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            patience_ms = round(self._on_the_wire.total_seconds() * 1000)
            fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience_ms)
        return fresh


@lru_cache(maxsize=16)
def _patience(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connect, sock_read=read)


def _our_refusal(error: BaseException | None) -> httpx.ConnectError | None:
    while error is not None:
        if isinstance(error, TooLate | AddressRefused):
            return error
        error = error.__cause__
    return None
