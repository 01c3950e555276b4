"""A small HTTP door of the dispatcher: for whoever starts it again, and for whoever counts."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import final

LARGEST_REQUEST = 8 * 1024
PATIENCE_SECONDS = 5.0
"""How long a request may take to arrive, and its answer to leave."""
_TEXT = "text/plain; charset=utf-8"
_NUMBERS = "text/plain; version=1.0.0; charset=utf-8"


@final
@dataclass(frozen=True, slots=True)
class Probes:
    """Answers `/healthz` while the loop turns, `/readyz` by `problems`, `/metrics` by `numbers`.

    One request a connection; nothing else is known here. `problems` must not wait.
    """

    problems: Callable[[], Sequence[str]]
    numbers: Callable[[], bytes]

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Start to answer; raises OSError where the port cannot be had."""
        return await asyncio.start_server(self._answer, host, port, limit=LARGEST_REQUEST)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._page(head.split(b"\r\n", 1)[0]))
                    await writer.drain()
        except TimeoutError:
            pass
        finally:
            writer.close()

    def _page(self, line: bytes) -> bytes:
        match line.split():
            case [b"GET", b"/healthz", _]:
                return _response(HTTPStatus.OK, b"ok\n")
            case [b"GET", b"/readyz", _]:
                problems = self.problems()
                status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
                return _response(status, "\n".join([*(problems or ["ready"]), ""]).encode())
            case [b"GET", b"/metrics", _]:
                return _response(HTTPStatus.OK, self.numbers(), _NUMBERS)
            case _:
                return _response(HTTPStatus.NOT_FOUND, b"not found\n")


def _response(status: HTTPStatus, body: bytes, kind: str = _TEXT) -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
