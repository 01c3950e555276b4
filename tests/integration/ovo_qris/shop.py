"""A merchant with the sandbox's QRIS account, its gateway, and an ear for notifications."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self, TypeVar

import httpx

from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.ovo_qris.gateway import QrisGateway
from adapters.outbound.ovo_qris.notification import QrisNotifications
from adapters.outbound.ovo_qris.offer import CLOCKS
from adapters.outbound.ovo_qris.places import Places
from adapters.outbound.tokens import TokenSource
from adapters.outbound.wire import Wire, uptime
from application.ports import Charge, Notice
from domain.attempt import References
from domain.ids import IdKind, crockford
from domain.merchant import ProviderAccount
from domain.outcome import Accepted
from tests.builders import an_id
from tests.unit.ovo_qris.builders import a_charge

Result = TypeVar("Result")
PATH = "/notifications/ovo_qris"
_numbers = count(1)


def now() -> datetime:
    """The time of this machine, UTC."""
    return datetime.now(UTC)


class Shop:
    """Charges by QRIS at a running sandbox (docs/sandbox.md), and is its customer too."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control = httpx.Client(base_url=f"{url}/control", timeout=10, trust_env=False)
        self._post("/reset")
        told = self._get("/credentials/ovo_qris")
        self.credentials: dict[str, str] = told["credentials"]
        self.tokens = MemoryStore().tokens
        self.heard: SimpleQueue[Notice] = SimpleQueue()
        self._ear: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ear is not None:
            self._ear.shutdown()
            self._ear.server_close()
        self.control.close()

    # -- the merchant ----------------------------------------------------------------------------

    def account(self, **changes: str) -> ProviderAccount:
        return ProviderAccount("mer_1", "ovo_qris", False, {**self.credentials, **changes})

    def charge(self, **changes: str) -> Charge:
        """A charge with a name that nobody else has."""
        return replace(
            a_charge(leave_by=uptime() + timedelta(seconds=10)),
            account=self.account(**changes),
            references=References({"reference": crockford(an_id(IdKind.ATTEMPT))}, ()),
            claimed_at=now(),
            window_ends_at=now() + timedelta(seconds=75),
        )

    def run(self, work: Callable[[QrisGateway], Awaitable[Result]]) -> Result:
        """What comes of it, with a gateway of its own process over the shop's tokens."""

        async def bounded() -> Result:
            tokens = TokenSource(self.tokens, now)
            gateway = QrisGateway(
                wire=Wire(),
                clock=now,
                tokens=tokens,
                clocks=CLOCKS,
                places=Places.parse({"cancel_path": "/v1.0/qr/qr-mpm-cancel"}, self.url),
            )
            try:
                async with asyncio.timeout(60):
                    return await work(gateway)
            finally:
                await tokens.aclose()
                await gateway.aclose()

        main: Coroutine[Any, Any, Result] = bounded()
        return asyncio.run(main)

    def accepted(self, charge: Charge, outcome: object) -> Charge:
        """The charge as the core asks about it, once it was accepted."""
        assert isinstance(outcome, Accepted), outcome
        assert outcome.ends_at is not None
        return replace(charge, handle=outcome.handle, window_ends_at=outcome.ends_at)

    def listen(self) -> None:
        """Be told of every payment from now on."""
        shop, reader = self, QrisNotifications()

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                shop.heard.put(Notice("ntf_1", "ovo_qris", self.path, headers, body, now()))
                status, told, answer = reader.reply(accepted=True)
                self.send_response(status)
                for name, value in told.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._ear = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        Thread(target=self._ear.serve_forever, daemon=True).start()
        self.scenario(notify_url=f"http://127.0.0.1:{self._ear.server_address[1]}{PATH}")

    # -- the customer, and what the sandbox knows ------------------------------------------------

    def scenario(self, **keys: object) -> None:
        self._post("/scenario/ovo_qris", **keys)

    def decide(self, charge: Charge, what: str) -> None:
        """The customer's decision."""
        self._post(f"/charges/{self._one(charge)['id']}/{what}")

    def state(self, charge: Charge) -> str:
        return str(self._one(charge)["state"])

    def times_heard(self, charge: Charge) -> int:
        """How often the sandbox was asked for it."""
        return int(self._one(charge)["times_heard"])

    def tokens_fetched(self) -> int:
        told = self._get("/tokens")
        return int(told["ovo_qris"]["b2b"]["fetched"])

    def revoke_tokens(self) -> None:
        self._post("/tokens/ovo_qris/revoke")

    def _one(self, charge: Charge) -> dict[str, Any]:
        reference = str(charge.references.shown["reference"])
        found = self._get("/charges", provider="ovo_qris", reference=reference)
        (one,) = found["charges"]
        return dict(one)

    def _post(self, path: str, **body: object) -> None:
        answer = self.control.post(path, json=body)
        assert answer.is_success, answer.text

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self.control.get(path, params=query)
        assert answer.is_success, answer.text
        return dict(answer.json())
