"""A wire without sockets: it says "sent" as the real one does, and answers from a function."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx

from adapters.outbound.wire import Answer, Guard, Wire


class FakeWire(Wire):
    """Keeps what was asked; `answer` may also raise what the wire raises after it was sent."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.now = timedelta(hours=1)
        super().__init__(uptime=lambda: self.now)
        self.answer = answer
        self.asked: list[httpx.Request] = []
        self.guards: list[Guard] = []
        self.patience: list[tuple[float | None, float | None]] = []
        self.refusing = False

    def shut(self) -> None:
        self.refusing = True

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
        self.guards.append(replace(guard))
        self.patience.append((connect, read))
        guard.shut = guard.shut or self.refusing
        try:
            guard.pass_at(self.uptime())
            request = httpx.Request("POST", url, headers=headers, content=body)
            self.asked.append(request)
            answer = self.answer(request)
            return Answer(answer.status_code, answer.headers.raw, answer.content)
        finally:
            guard.shut = True
