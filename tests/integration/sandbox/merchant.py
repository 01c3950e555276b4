"""A merchant's server on real connections: it signs for SNAP and takes notifications."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.answers import JAKARTA
from tests.integration.sandbox.callers import Caller, with_a_caller


class Snap:
    """A merchant of one provider that speaks SNAP."""

    def __init__(self, caller: Caller, url: str, credentials: dict[str, str]) -> None:
        self._caller = caller
        self._url = url
        self._credentials = credentials
        key = load_pem_private_key(credentials["private_key"].encode(), None)
        assert isinstance(key, RSAPrivateKey)
        self._key = key
        self.token = ""

    @classmethod
    async def of(cls, caller: Caller, provider: str) -> "Snap":
        """The merchant whose credentials the control API tells."""
        status, told = await caller.get(f"/control/credentials/{provider}")
        assert status == 200
        return cls(caller, told["url"], told["credentials"])

    async def fetch(self, path: str, body: dict[str, str], **headers: str) -> tuple[int, Any]:
        """Call for a token."""
        timestamp = _now()
        text = f"{self._credentials['client_id']}|{timestamp}"
        signature = self._key.sign(text.encode(), PKCS1v15(), SHA256())
        signed = {
            "X-CLIENT-KEY": self._credentials["client_id"],
            "X-TIMESTAMP": timestamp,
            "X-SIGNATURE": base64.b64encode(signature).decode(),
        }
        return await self._post(path, orjson.dumps(body), signed | headers)

    async def call(self, path: str, body: Mapping[str, object], token: str = "") -> tuple[int, Any]:
        """Send a signed request."""
        raw, timestamp = orjson.dumps(body), _now()
        text = f"POST:{path}:{token}:{hashlib.sha256(raw).hexdigest()}:{timestamp}"
        secret = self._credentials["client_secret"].encode()
        headers = {
            "X-TIMESTAMP": timestamp,
            "X-SIGNATURE": base64.b64encode(
                hmac.new(secret, text.encode(), hashlib.sha512).digest()
            ).decode(),
            "X-PARTNER-ID": self._credentials["client_id"],
            "X-EXTERNAL-ID": uuid4().hex,
            "CHANNEL-ID": self._credentials["channel_id"],
            "X-DEVICE-ID": "test",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return await self._post(path, raw, headers)

    async def _post(self, path: str, raw: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        headers = {**headers, "Content-Type": "application/json"}
        url = self._url + path
        async with self._caller.session.post(url, data=raw, headers=headers) as response:
            return response.status, orjson.loads(await response.read())


@dataclass
class Hook:
    """A server that takes notifications, and what it has heard."""

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append((request.path_qs, headers, await request.read()))
        return web.Response(status=self.status, body=self.body, content_type="application/json")


@asynccontextmanager
async def a_hook() -> AsyncIterator[Hook]:
    """A server that takes notifications until the block ends."""
    hook = Hook()
    app = web.Application()
    app.router.add_post("/{tail:.*}", hook.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    hook.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook?of=mine"  # type: ignore[attr-defined]  # aiohttp tells a free port nowhere else
    try:
        yield hook
    finally:
        await runner.cleanup()


def with_a_hook(test: Callable[[Caller, Hook], Awaitable[None]]) -> None:
    """Run a test with a sandbox and a server that takes notifications."""

    async def run(caller: Caller) -> None:
        async with a_hook() as hook:
            await test(caller, hook)

    with_a_caller(run)


def _now() -> str:
    return datetime.now(JAKARTA).isoformat(timespec="seconds")
