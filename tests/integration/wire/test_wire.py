"""The wire on real sockets: what it asks, what it takes, and what it refuses."""

import asyncio
import gzip
import socket
import time
from contextlib import suppress
from datetime import timedelta
from itertools import count

import httpx
import pytest

from adapters.outbound.wire import (
    LARGEST_ANSWER,
    AddressRefused,
    AnswerTooLarge,
    Guard,
    TooLate,
    Wire,
    uptime,
)
from tests.integration.wire.servers import (
    Run,
    Script,
    Server,
    a_free_port,
    a_full_backlog,
    answering,
    dripping,
    finishing,
    reply,
    resetting,
    serving,
    silent,
    slamming,
)

OK = reply(b'{"ok":1}')


def a_guard(*, leave_ms: int = 5_000, end_ms: int = 5_000) -> Guard:
    now = uptime()
    return Guard(now + timedelta(milliseconds=leave_ms), now + timedelta(milliseconds=end_ms))


async def post(
    wire: Wire,
    url: str,
    guard: Guard | None = None,
    *,
    connect: float = 5,
    read: float = 5,
    body: bytes = b'{"a":1}',
) -> httpx.Response:
    async with httpx.AsyncClient(transport=_Borrowed(wire), trust_env=False) as client:
        return await client.post(
            url,
            content=body,
            headers={"X-Ours": "yes"},
            timeout=httpx.Timeout(read, connect=connect),
            extensions={"guard": guard or a_guard()},
        )


class _Borrowed(httpx.AsyncBaseTransport):
    """Lets a client be closed without its wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._wire.handle_async_request(request)


def one_call(
    run: Run,
    script: Script,
    guard: Guard,
    *,
    wire: Wire | None = None,
    read: float = 5,
    body: bytes = b'{"a":1}',
) -> tuple[httpx.Response | Exception, Server]:
    async def main() -> tuple[httpx.Response | Exception, Server]:
        out = wire or Wire()
        async with serving(script) as server:
            try:
                return await post(out, server.url, guard, read=read, body=body), server
            except httpx.TransportError as problem:
                await asyncio.sleep(0.02)  # what was sent, if anything, has arrived by then
                return problem, server
            finally:
                await out.aclose()

    return run(main())


# -- an ordinary call -----------------------------------------------------------------------------


def test_a_call_is_one_post_and_its_answer_is_read_whole(run: Run) -> None:
    guard = a_guard()
    answer, server = one_call(run, answering(OK), guard)
    assert isinstance(answer, httpx.Response)
    assert (answer.status_code, answer.content) == (200, b'{"ok":1}')
    assert (guard.sent, guard.shut) == (True, True)
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /pos http/1.1"
    for line in (b"x-ours: yes", b"connection: close", b"accept-encoding: identity"):
        assert line in lines
    assert len({line.partition(b":")[0] for line in lines}) == len(lines)


def test_a_large_body_leaves_whole_and_is_marked_once(run: Run) -> None:
    body = bytes(range(256)) * 4_000
    answer, server = one_call(run, answering(OK), a_guard(), body=body)
    assert isinstance(answer, httpx.Response)
    assert server.requests[0].endswith(body)


def test_an_answer_that_comes_in_pieces_is_put_together(run: Run) -> None:
    async def pieces(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await server.request(reader)
        for start in range(0, len(OK), 7):
            writer.write(OK[start : start + 7])
            await writer.drain()
            await asyncio.sleep(0.005)

    answer, _ = one_call(run, pieces, a_guard())
    assert isinstance(answer, httpx.Response)
    assert answer.content == b'{"ok":1}'


def test_each_call_has_a_fresh_connection(run: Run) -> None:
    async def main() -> int:
        wire = Wire()
        async with serving(_patient) as server:
            for _ in range(3):
                await post(wire, server.url)
            await wire.aclose()
            return server.connections

    assert run(main()) == 3


async def _patient(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while await server.request(reader):
        writer.write(OK)


def test_deliveries_may_keep_theirs(run: Run) -> None:
    async def main() -> int:
        wire = Wire(keep_alive=True)
        async with serving(_patient) as server:
            for _ in range(3):
                await post(wire, server.url)
            await wire.aclose()
            return server.connections

    assert run(main()) == 1


def test_a_kept_connection_gone_stale_is_an_error_and_not_a_second_try(run: Run) -> None:
    async def once(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if await server.request(reader):
            writer.write(OK)
        await server.request(reader)  # hears the second request, then goes away without a word

    async def main() -> Server:
        wire = Wire(keep_alive=True)
        async with serving(once) as server:
            await post(wire, server.url)
            guard = a_guard()
            with pytest.raises(httpx.ReadError):
                await post(wire, server.url, guard)
            assert guard.sent
            await wire.aclose()
            return server

    server = run(main())
    assert (server.connections, len(server.requests)) == (1, 2)


# -- what it does not do --------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_redirects_are_answers(run: Run, status: str) -> None:
    elsewhere = reply(b"{}", status=status, headers=b"Location: http://127.0.0.1:1/\r\n")
    answer, server = one_call(run, answering(elsewhere), a_guard())
    assert isinstance(answer, httpx.Response)
    assert answer.status_code == int(status[:3])
    assert server.connections == 1


def test_cookies_are_neither_kept_nor_passed_on(run: Run) -> None:
    async def main() -> list[bytes]:
        wire = Wire()
        baking = answering(reply(b"{}", headers=b"Set-Cookie: who=someone\r\n"))
        async with serving(baking) as server, httpx.AsyncClient(transport=wire) as client:
            for _ in range(2):
                await client.post(server.url, content=b"x", extensions={"guard": a_guard()})
            return server.requests

    assert all(b"cookie" not in request.lower() for request in run(main()))


def test_no_proxy_of_the_environment_is_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    answer, _ = one_call(run, answering(OK), a_guard())
    assert isinstance(answer, httpx.Response)


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_only_what_can_be_guarded_is_sent(run: Run, method: str) -> None:
    async def main(body: bytes) -> None:
        wire = Wire()
        async with serving(silent) as server, httpx.AsyncClient(transport=wire) as client:
            with pytest.raises(httpx.UnsupportedProtocol):
                await client.request(
                    method, server.url, content=body, extensions={"guard": a_guard()}
                )
            assert server.connections == 0

    run(main(b"x"))


def test_a_post_without_a_body_is_refused(run: Run) -> None:
    problem, server = one_call(run, silent, a_guard(), body=b"")
    assert isinstance(problem, httpx.UnsupportedProtocol)
    assert server.connections == 0


def test_no_continue_is_asked_for_so_that_the_head_never_goes_ahead(run: Run) -> None:
    async def main() -> bytes:
        wire = Wire()
        async with serving(answering(OK)) as server, httpx.AsyncClient(transport=wire) as client:
            await client.post(
                server.url,
                content=b"x",
                headers={"Expect": "100-continue"},
                extensions={"guard": a_guard()},
            )
            return server.requests[0]

    assert b"expect" not in run(main()).lower()


# -- answers that are none ------------------------------------------------------------------------

HALF = reply(b'{"responseCode":"00"', length=500)
CHUNKED_HALF = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"ok":1}\r\n'


@pytest.mark.parametrize(
    "script",
    [
        finishing,
        resetting,
        answering(HALF),
        answering(CHUNKED_HALF),
        answering(b"HTTP/1.1 200"),
        answering(b"\x00\xff nonsense\r\n\r\n"),
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        answering(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n"),
    ],
    ids=["fin", "rst", "half", "half-chunked", "half-head", "nonsense", "length", "long-header"],
)
def test_a_request_that_was_read_is_marked_sent_whatever_follows(run: Run, script: Script) -> None:
    guard = a_guard()
    problem, server = one_call(run, script, guard)
    assert isinstance(problem, httpx.ReadError)
    assert guard.sent
    assert len(server.requests) == 1


def test_silence_ends_with_the_read_timeout(run: Run) -> None:
    guard, began = a_guard(), time.monotonic()
    problem, _ = one_call(run, silent, guard, read=0.2)
    assert isinstance(problem, httpx.ReadTimeout)
    assert guard.sent
    assert time.monotonic() - began < 2


def test_silence_ends_with_the_call_itself(run: Run) -> None:
    guard = a_guard(end_ms=200)
    problem, _ = one_call(run, silent, guard, read=60)
    assert isinstance(problem, httpx.ReadTimeout)
    assert guard.sent


def test_a_slow_drip_ends_with_the_call(run: Run) -> None:
    guard, began = a_guard(end_ms=300), time.monotonic()
    problem, _ = one_call(run, dripping, guard, read=60)
    assert isinstance(problem, httpx.ReadTimeout)
    assert guard.sent
    assert time.monotonic() - began < 2


def test_the_longest_answer_is_taken_and_a_longer_one_is_not(run: Run) -> None:
    answer, _ = one_call(run, answering(reply(b"x" * LARGEST_ANSWER)), a_guard())
    assert isinstance(answer, httpx.Response)
    assert len(answer.content) == LARGEST_ANSWER
    guard = a_guard()
    problem, _ = one_call(run, answering(reply(b"x" * (LARGEST_ANSWER + 1))), guard)
    assert isinstance(problem, AnswerTooLarge)
    assert guard.sent


def test_a_compressed_answer_is_read_and_a_bomb_is_not(run: Run) -> None:
    def zipped(body: bytes) -> Script:
        return answering(reply(gzip.compress(body), headers=b"Content-Encoding: gzip\r\n"))

    answer, _ = one_call(run, zipped(b'{"ok":1}'), a_guard())
    assert isinstance(answer, httpx.Response)
    assert answer.json() == {"ok": 1}
    problem, _ = one_call(run, zipped(b" " * 50_000_000), a_guard())
    assert isinstance(problem, AnswerTooLarge)


def test_an_answer_given_before_the_question_is_none(run: Run) -> None:
    async def hasty(_: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await reader.read()

    for _ in range(20):
        guard = a_guard()
        answer, server = one_call(run, hasty, guard)
        if not guard.sent:
            assert isinstance(answer, httpx.TransportError)
            assert not server.heard


# -- not sent -------------------------------------------------------------------------------------


def test_a_refused_connection_is_not_sent(run: Run) -> None:
    async def main() -> None:
        wire, guard = Wire(), a_guard()
        with pytest.raises(httpx.ConnectError):
            await post(wire, f"http://127.0.0.1:{a_free_port()}/pos", guard)
        assert (guard.sent, guard.shut) == (False, True)
        await wire.aclose()

    run(main())


def test_a_name_that_does_not_resolve_is_not_sent(run: Run) -> None:
    async def main() -> None:
        wire, guard = Wire(), a_guard()
        with pytest.raises(httpx.ConnectError):
            await post(wire, "http://nowhere.invalid/pos", guard)
        assert not guard.sent
        await wire.aclose()

    run(main())


def test_a_connection_that_hangs_is_not_sent(run: Run) -> None:
    async def main() -> None:
        wire, guard = Wire(), a_guard()
        with a_full_backlog() as url, pytest.raises(httpx.ConnectTimeout):
            await post(wire, url, guard, connect=0.2)
        assert not guard.sent
        await wire.aclose()

    run(main())


def test_the_send_deadline_may_pass_while_connecting(run: Run) -> None:
    async def main() -> float:
        wire, guard, began = Wire(), a_guard(leave_ms=150), time.monotonic()
        with a_full_backlog() as url, pytest.raises(httpx.ConnectTimeout):
            await post(wire, url, guard)
        assert not guard.sent
        await wire.aclose()
        return time.monotonic() - began

    assert run(main()) < 2


def test_a_call_without_send_deadline_still_ends_while_connecting(run: Run) -> None:
    async def main() -> None:
        wire, began = Wire(), time.monotonic()
        guard = Guard(timedelta.max, uptime() + timedelta(milliseconds=150))
        with a_full_backlog() as url, pytest.raises(httpx.ConnectTimeout):
            await post(wire, url, guard)
        assert time.monotonic() - began < 2
        await wire.aclose()

    run(main())


def test_a_server_that_slams_the_door_never_hears_what_is_called_not_sent(run: Run) -> None:
    for _ in range(20):
        guard = a_guard()
        problem, server = one_call(run, slamming, guard)
        assert isinstance(problem, httpx.TransportError)
        if not guard.sent:
            assert not server.heard


def test_past_its_deadline_a_call_does_not_even_connect(run: Run) -> None:
    guard = a_guard(leave_ms=0)
    problem, server = one_call(run, answering(OK), guard)
    assert isinstance(problem, TooLate)
    assert (guard.sent, server.connections) == (False, 0)


def test_the_last_look_comes_after_the_connection_and_before_the_first_byte(run: Run) -> None:
    readings: list[timedelta] = []

    def a_clock_that_wakes_up_late() -> timedelta:
        readings.append(uptime())
        asleep = len(readings) > 2  # two looks before the connection, then the machine slept
        return readings[-1] + timedelta(hours=asleep)

    guard = a_guard()
    problem, server = one_call(
        run, answering(OK), guard, wire=Wire(uptime=a_clock_that_wakes_up_late)
    )
    assert isinstance(problem, TooLate)
    assert not guard.sent
    assert (server.connections, bytes(server.heard)) == (1, b"")


def test_the_last_look_and_the_first_write_are_one_step() -> None:
    """Nothing on the loop runs between the two. (uvloop writes at the end of the same turn.)"""
    seen: list[bytes] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def next_on_the_loop() -> None:
                with listener.accept()[0] as accepted:
                    accepted.setblocking(False)
                    with suppress(BlockingIOError):
                        seen.append(accepted.recv(4, socket.MSG_PEEK))

            looks = count(1)

            def a_clock_that_looks_around() -> timedelta:
                if next(looks) == 3:  # two looks before the connection, then the last one
                    loop.call_soon(next_on_the_loop)
                return uptime()

            wire = Wire(uptime=a_clock_that_looks_around)
            with pytest.raises(httpx.ReadError):
                await post(wire, f"http://127.0.0.1:{listener.getsockname()[1]}/")
            await wire.aclose()

    asyncio.run(main())
    assert seen == [b"POST"]


def test_a_guard_that_is_shut_lets_nothing_pass(run: Run) -> None:
    guard = a_guard()
    guard.shut = True
    problem, server = one_call(run, answering(OK), guard)
    assert isinstance(problem, TooLate)
    assert server.connections == 0


def test_shut_ends_what_is_connecting_at_once_and_lets_what_is_sent_go_on(run: Run) -> None:
    async def main() -> None:
        wire = Wire()
        answer_now = asyncio.Event()

        async def held(
            server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await server.request(reader)
            await answer_now.wait()
            writer.write(OK)

        async with serving(held) as server:
            sent, unsent = a_guard(), a_guard()
            with a_full_backlog() as nowhere:
                calls = [
                    asyncio.create_task(post(wire, server.url, sent)),
                    asyncio.create_task(post(wire, nowhere, unsent)),
                ]
                await asyncio.sleep(0.1)
                assert (sent.sent, unsent.sent) == (True, False)
                began = time.monotonic()
                wire.shut()
                with pytest.raises(httpx.ConnectTimeout):
                    await calls[1]
                assert time.monotonic() - began < 0.5
                with pytest.raises(TooLate):
                    await post(wire, server.url)
            answer_now.set()
            assert (await calls[0]).status_code == 200
            assert (server.connections, len(server.requests)) == (1, 1)
        await wire.aclose()

    run(main())


def test_a_cancelled_call_sends_nothing_afterwards(run: Run) -> None:
    async def main() -> None:
        wire, guard = Wire(), a_guard()
        with a_full_backlog() as url:
            call = asyncio.create_task(post(wire, url, guard))
            await asyncio.sleep(0.05)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        assert (guard.sent, guard.shut) == (False, True)
        await wire.aclose()

    run(main())


# -- which addresses ------------------------------------------------------------------------------


def test_an_address_is_judged_before_it_is_connected_to(run: Run) -> None:
    judged: list[str] = []

    def allow(address: str) -> bool:
        judged.append(address)
        return False

    guard = a_guard()
    problem, server = one_call(run, answering(OK), guard, wire=Wire(allow=allow))
    assert isinstance(problem, AddressRefused)
    assert (guard.sent, server.connections) == (False, 0)
    assert set(judged) == {"127.0.0.1"}


def test_a_name_is_judged_by_the_addresses_that_it_resolves_to(run: Run) -> None:
    async def main(allow: bool) -> None:
        wire = Wire(allow=lambda address: allow and address == "127.0.0.1")
        async with serving(answering(OK)) as server:
            call = post(wire, f"http://localhost:{server.port}/pos")
            if allow:
                assert (await call).status_code == 200
            else:
                with pytest.raises(AddressRefused):
                    await call
                assert server.connections == 0
        await wire.aclose()

    run(main(True))
    run(main(False))


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux only")
def test_the_kernel_gives_up_what_cannot_be_delivered() -> None:
    wire = Wire(on_the_wire=timedelta(seconds=3))
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 1))
    with wire._socket(info) as fresh:
        assert fresh.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 3_000
        assert fresh.getblocking() is False
