"""All providers on a hand-set clock, without HTTP, and a merchant who signs by hand."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.acquirer.charge import Charge
from sandbox.acquirer.plan import changed
from sandbox.acquirer.wire import Inbound, Post
from sandbox.answers import JAKARTA
from sandbox.providers import exchange_of
from sandbox.timers import Cut, Reply
from tests.unit.sandbox.builders import START

HOOK = "http://127.0.0.1:9/hooks/it?from=sandbox"


class Market:
    """The providers, their clock, and everything that has left them."""

    def __init__(self) -> None:
        self.now = START
        self.exchange = exchange_of({})
        self.left: dict[int, Reply | Cut] = {}
        self.posts: list[Post] = []
        self._calls = count(1)

    def send(
        self,
        provider: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
    ) -> int:
        """Send one request; the number of its call."""
        call = next(self._calls)
        path, _, query = path.partition("?")
        inbound = Inbound(
            call=call,
            provider=provider,
            method=method,
            path=path,
            headers={name.lower(): value for name, value in (headers or {}).items()},
            body=body,
            query=query,
            base=f"http://sandbox/{provider.replace('_', '-')}",
        )
        self._note(self.exchange.hear(inbound, self.now))
        return call

    def change(self, provider: str, **choices: object) -> None:
        """Change a scenario as the control API does."""
        self.exchange.change(provider, changed(self.exchange.life.plans[provider], choices))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, waking the machine exactly when it asked for it."""
        end = self.now + timedelta(seconds=seconds)
        while (due := self.exchange.next_due()) is not None and due <= end:
            self.now = max(due, self.now)
            self._note(self.exchange.tick(self.now))
        self.now = end

    def answer(self, call: int) -> tuple[int, Any]:
        """The HTTP status and the JSON that a call got."""
        reply = self.left[call]
        assert isinstance(reply, Reply)
        return reply.status, orjson.loads(reply.body) if reply.body else None

    def is_cut(self, call: int) -> bool:
        return isinstance(self.left[call], Cut)

    def held(self, call: int) -> bool:
        return call not in self.left

    def settle(self) -> None:
        """Let happen what a person's act in the middle has made due."""
        self._note(self.exchange.tick(self.now))

    def hear(self, post: Post, status: int | None, body: bytes = b"{}") -> None:
        """Answer a notification as a merchant's server."""
        self.exchange.mail.heard(post.number, status, body, self.now)

    @property
    def charge(self) -> Charge:
        """The one charge of this test, the latest."""
        return self.exchange.life.charges.latest(1)[0]

    def _note(self, ends: list[Reply | Cut]) -> None:
        for end in ends:
            self.left.setdefault(end.call, end)
        self.posts += self.exchange.posts()


class SnapMerchant:
    """A merchant's server that signs as the standard has it, written for these tests alone."""

    def __init__(self, market: Market, provider: str, partner: str = "demo") -> None:
        self.market = market
        self.provider = provider
        found = market.exchange.providers[provider].partners.named(partner)
        assert found is not None
        self.credentials = dict(market.exchange.providers[provider].credentials(found))
        self.key = _read(self.credentials["private_key"])
        self._ids = count(1)

    @property
    def timestamp(self) -> str:
        return self.market.now.astimezone(JAKARTA).isoformat(timespec="milliseconds")

    def token_headers(self) -> dict[str, str]:
        text = f"{self.credentials['client_id']}|{self.timestamp}"
        signature = self.key.sign(text.encode(), PKCS1v15(), SHA256())
        return {
            "X-CLIENT-KEY": self.credentials["client_id"],
            "X-TIMESTAMP": self.timestamp,
            "X-SIGNATURE": base64.b64encode(signature).decode(),
        }

    def headers(self, path: str, body: bytes, token: str) -> dict[str, str]:
        digest = hashlib.sha256(body).hexdigest()
        text = f"POST:{path}:{token}:{digest}:{self.timestamp}"
        secret = self.credentials["client_secret"].encode()
        mac = hmac.new(secret, text.encode(), hashlib.sha512).digest()
        headers = {
            "X-TIMESTAMP": self.timestamp,
            "X-SIGNATURE": base64.b64encode(mac).decode(),
            "X-PARTNER-ID": self.credentials["client_id"],
            "X-EXTERNAL-ID": f"{next(self._ids)}",
            "CHANNEL-ID": self.credentials["channel_id"],
            "X-DEVICE-ID": "lunas-server",
        }
        return headers | ({"Authorization": f"Bearer {token}"} if token else {})

    def call(
        self, path: str, body: Mapping[str, object], token: str = "", **headers: str
    ) -> tuple[int, Any]:
        """Send a signed request and read the answer that comes at once."""
        return self.market.answer(self.send(path, body, token, **headers))

    def send(self, path: str, body: Mapping[str, object], token: str = "", **headers: str) -> int:
        """Send a signed request; `headers` replace those of the same name, `_` for `-`."""
        raw = orjson.dumps(body)
        signed = self.headers(path, raw, token)
        changed_headers = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.market.send(self.provider, path, raw, signed | changed_headers)

    def b2b(self, path: str, **headers: str) -> tuple[int, Any]:
        """Ask for the merchant's own token."""
        body = orjson.dumps({"grantType": "client_credentials"})
        changed_headers = {name.replace("_", "-"): text for name, text in headers.items()}
        sent = self.token_headers() | changed_headers
        return self.market.answer(self.market.send(self.provider, path, body, sent))


@cache
def _read(pem: str) -> RSAPrivateKey:
    """The key that a partner was given, read once: the library judges what it reads, slowly."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def money(amount: int) -> dict[str, str]:
    return {"value": f"{amount}.00", "currency": "IDR"}


def at(moment: datetime) -> str:
    return moment.astimezone(JAKARTA).isoformat(timespec="seconds")
