"""A question by GET over the wire: asked once, guarded, and never on a used connection."""

from datetime import timedelta

import httpx
import pytest

from adapters.outbound.wire import Answer, Guard, TooLate, Wire, uptime
from tests.integration.wire.servers import (
    Run,
    Script,
    Server,
    a_free_port,
    answering,
    finishing,
    reply,
    resetting,
    serving,
    silent,
)

OK = reply(b'{"ok":1}')


def a_guard(*, leave_ms: int = 5_000, end_ms: int = 5_000) -> Guard:
    now = uptime()
    return Guard(now + timedelta(milliseconds=leave_ms), now + timedelta(milliseconds=end_ms))


def asked(
    run: Run, script: Script, guard: Guard, *, read: float = 5, times: int = 1
) -> tuple[list[Answer | httpx.TransportError], Server]:
    async def main() -> tuple[list[Answer | httpx.TransportError], Server]:
        wire, told = Wire(), list[Answer | httpx.TransportError]()
        async with serving(script) as server:
            for _ in range(times):
                try:
                    headers = [("X-Ours", "yes")]
                    url = server.url
                    told.append(await wire.get(url, headers, guard, connect=5, read=read))
                except httpx.TransportError as problem:
                    told.append(problem)
            await wire.aclose()
            return told, server

    return run(main())


def test_a_question_is_one_get_without_a_body(run: Run) -> None:
    guard = a_guard()
    (answer,), server = asked(run, answering(OK), guard)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.content) == (200, b'{"ok":1}')
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"GET /pos HTTP/1.1\r\n")
    assert b"x-ours: yes" in head.lower()
    assert b"connection: close" in head.lower()
    assert body == b""
    assert guard.sent
    assert guard.shut


@pytest.mark.parametrize("script", [finishing, resetting, answering(OK[:-3])])
def test_a_question_whose_answer_is_lost_is_not_asked_again(run: Run, script: Script) -> None:
    guard = a_guard()
    (told,), server = asked(run, script, guard)
    assert isinstance(told, httpx.ReadError)
    assert guard.sent
    assert len(server.requests) == 1


def test_silence_ends_with_the_read_timeout(run: Run) -> None:
    guard = a_guard()
    (told,), _ = asked(run, silent, guard, read=0.1)
    assert isinstance(told, httpx.ReadTimeout)
    assert guard.sent


def test_a_guard_lets_one_question_pass(run: Run) -> None:
    told, server = asked(run, answering(OK), a_guard(), times=2)
    assert isinstance(told[0], Answer)
    assert isinstance(told[1], TooLate)
    assert server.connections == 1


def test_past_its_deadline_a_question_does_not_even_connect(run: Run) -> None:
    guard = a_guard(leave_ms=-1)
    (told,), server = asked(run, answering(OK), guard)
    assert isinstance(told, TooLate)
    assert not guard.sent
    assert server.connections == 0


def test_where_nobody_listens_nothing_was_asked(run: Run) -> None:
    guard = a_guard()

    async def main() -> None:
        wire = Wire()
        url = f"http://127.0.0.1:{a_free_port()}/pos"
        with pytest.raises(httpx.ConnectError):
            await wire.get(url, [], guard, connect=5, read=5)
        await wire.aclose()

    run(main())
    assert not guard.sent


def test_a_wire_that_keeps_its_connections_asks_nothing(run: Run) -> None:
    async def main() -> None:
        with pytest.raises(AssertionError, match="fresh connection"):
            await Wire(keep_alive=True).get("http://x.test", [], a_guard(), connect=1, read=1)

    run(main())
