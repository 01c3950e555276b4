"""The dispatcher's small HTTP door."""

import asyncio

import pytest

from adapters.inbound.dispatcher.probes import LARGEST_REQUEST, Probes


def asked(request: bytes, problems: tuple[str, ...] = ()) -> bytes:
    """What is answered to these bytes."""

    async def ask() -> bytes:
        server = await Probes(lambda: problems, lambda: b"lunas_x 1\n").listen("127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    return asyncio.run(ask())


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def test_it_lives_is_ready_and_counts() -> None:
    assert asked(get("/healthz")).startswith(b"HTTP/1.1 200 ")
    assert asked(get("/readyz")).endswith(b"\r\n\r\nready\n")
    assert asked(get("/metrics")).endswith(b"\r\n\r\nlunas_x 1\n")


def test_it_says_why_it_starts_nothing() -> None:
    answer = asked(get("/readyz"), ("it is stopping",))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b"it is stopping\n")
    assert asked(get("/healthz"), ("it is stopping",)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("request_", [get("/v1/payments"), b"POST /healthz HTTP/1.1\r\n\r\n"])
def test_it_knows_nothing_else(request_: bytes) -> None:
    assert asked(request_).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("garbage", [b"", b"GET /hea", b"x" * (LARGEST_REQUEST * 2)])
def test_what_is_no_request_gets_no_answer(garbage: bytes) -> None:
    assert asked(garbage) == b""
