"""A merchant and a person on real connections, and a sandbox for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from sandbox.scenario import Scenario, changed
from sandbox.server import serving
from tests.unit.sandbox.builders import headers_for

FAST = {"window": "1.1s", "wallet_limit": "1.4s", "late_after": "1.5s", "silence_bound": "2.4s"}
REAL = {"window": "55s", "wallet_limit": "70s", "late_after": "72s", "silence_bound": "120s"}


class Caller:
    """A merchant, and a person at the sandbox's pages, on real connections."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session

    async def send(self, message: dict[str, Any]) -> tuple[int, bytes]:
        headers = {**headers_for(), "Content-Type": "application/json"}
        async with self.session.post(
            f"{self.url}/pos", data=orjson.dumps(message), headers=headers
        ) as response:
            return response.status, await response.read()

    async def code(self, message: dict[str, Any]) -> str:
        return str(orjson.loads((await self.send(message))[1])["responseCode"])

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(self.url + path) as response:
            return response.status, orjson.loads(await response.read())

    async def post(self, path: str, body: object = None) -> tuple[int, Any]:
        data = None if body is None else orjson.dumps(body)
        async with self.session.post(self.url + path, data=data) as response:
            return response.status, orjson.loads(await response.read())

    async def until(self, holds: Callable[[Any], bool], path: str) -> Any:
        """What the control API says at this path, once the condition holds of it."""
        async with asyncio.timeout(30):
            while True:
                _, found = await self.get(path)
                if holds(found):
                    return found
                await asyncio.sleep(0.01)

    async def waiting(self) -> dict[str, Any]:
        """The one push that waits, as soon as it does."""
        path = "/control/pushes?state=waiting"
        found = await self.until(lambda answer: bool(answer["pushes"]), path)
        push: dict[str, Any] = found["pushes"][0]
        return push


@asynccontextmanager
async def calling(**choices: object) -> AsyncIterator[Caller]:
    async with serving(changed(Scenario(), FAST | choices)) as running:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield Caller(running.url, session)


def with_a_caller(test: Callable[[Caller], Awaitable[None]], **choices: object) -> None:
    async def run() -> None:
        async with calling(**choices) as caller:
            await test(caller)

    asyncio.run(run())
