"""The sandbox as a process of its own, and a gateway that speaks to it."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.wire import Wire, uptime
from application.ports import Charge
from domain.attempt import References
from domain.merchant import ProviderAccount
from domain.moment import AttemptClocks
from domain.msisdn import Msisdn
from domain.outcome import Accepted, Approved, Declined, NotSent, Outcome, Unknown
from tests.unit.ovo.builders import a_charge

T = TypeVar("T")
ROOT = Path(__file__).parents[3]
READY = "sandbox ready "
# docs/sandbox.md, "The published account"
PUBLISHED = {
    "app_id": "lunas-sandbox",
    "app_key": "5eed" * 16,
    "merchant_id": "1000001",
    "store_code": "LUNAS01",
    "tid": "00300001",
    "mid": "0010000000LN001",
}
Call = Callable[[OvoGateway, Charge], Awaitable[Outcome]]
_CALLS: list[Call] = [
    OvoGateway.push,
    OvoGateway.check,
    OvoGateway.reverse,
    OvoGateway.void,
    OvoGateway.check_void,
]
every_call = pytest.mark.parametrize("call", _CALLS, ids=lambda call: call.__name__)
APPROVE = "081200000001"
SOMEBODY = "081355550001"
"""A number that is not magic: its push waits for a tap."""
IMPATIENT = AttemptClocks(
    customer_window=timedelta(milliseconds=200),
    wallet_answers_within=timedelta(milliseconds=300),
    read_within=timedelta(milliseconds=500),
    ask_within=timedelta(milliseconds=500),
)
"""For what never answers in time; everything else is given OVO's own clocks."""
SHORT = {"window": "0.4s", "wallet_limit": "0.6s", "late_after": "2.5s", "silence_bound": "3s"}
"""Clocks of the sandbox for pushes that end by themselves."""
_numbers = count(1)


class Sandbox:
    """A running sandbox, held by its control API (docs/sandbox.md)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=f"{url}/control", timeout=10, trust_env=False)

    def post(self, path: str, **body: object) -> None:
        answer = self._client.post(path, json=body)
        assert answer.is_success, answer.text

    def scenario(self, **keys: object) -> None:
        self.post("/scenario", **keys)

    def reset(self) -> None:
        self.post("/reset")

    def states(self) -> list[str]:
        return [push["state"] for push in self._pushes({})]

    async def tap(self, what: str) -> None:
        """Let the customer answer the one push that waits, as soon as it does."""
        (push,) = await self.waiting()
        self.post(f"/pushes/{push['id']}/{what}")

    async def waiting(self) -> list[dict[str, Any]]:
        """The pushes that wait for their customers, as soon as there is one."""
        return await asyncio.to_thread(self._until_one_waits)

    def close(self) -> None:
        self._client.close()

    def _until_one_waits(self) -> list[dict[str, Any]]:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if waiting := self._pushes({"state": "waiting"}):
                return waiting
            time.sleep(0.02)
        raise AssertionError("no push waits for its customer")

    def _pushes(self, query: dict[str, str]) -> list[dict[str, Any]]:
        found = self._client.get("/pushes", params=query).json()
        pushes: list[dict[str, Any]] = found["pushes"]
        return pushes


@contextmanager
def a_sandbox() -> Iterator[Sandbox]:
    clocks = ("--window", "20s", "--wallet-limit", "30s", "--late-after", "32s")
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", *clocks, "--silence-bound", "60s"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = next((line for line in process.stdout if READY in line), "")
        assert READY in line
        sandbox = Sandbox(line.partition(READY)[2].strip())
        yield sandbox
        sandbox.close()
    finally:
        process.terminate()
        process.communicate(timeout=10)


@asynccontextmanager
async def _gateway(url: str, clocks: AttemptClocks) -> AsyncIterator[OvoGateway]:
    gateway = OvoGateway(
        wire=Wire(),
        clock=lambda: datetime.now(UTC),
        clocks=clocks,
        test_url=f"{url}/pos",
        live_url=None,
    )
    try:
        yield gateway
    finally:
        await gateway.aclose()


@asynccontextmanager
async def gateways(sandbox: Sandbox) -> AsyncIterator[tuple[OvoGateway, OvoGateway]]:
    """One that waits as long as OVO may take, and one that does not."""
    async with (
        _gateway(sandbox.url, AttemptClocks()) as patient,
        _gateway(sandbox.url, IMPATIENT) as impatient,
    ):
        yield patient, impatient


def fresh(phone: str = SOMEBODY, *, amount: int = 50_000) -> Charge:
    """A charge with references that nobody else has, from the published account."""
    number = next(_numbers)
    shown: dict[str, str | int] = {
        "batch_no": 1,
        "reference_no": number,
        "merchant_invoice": f"LN-CONTRACT-{number}",
    }
    return replace(
        a_charge(amount=amount, leave_by=uptime() + timedelta(seconds=10)),
        account=ProviderAccount("mer_1", "ovo", False, PUBLISHED),
        phone=Msisdn(phone),
        references=References(shown=shown, unique=()),
    )


def word(outcome: Outcome) -> str:
    """An outcome as a test reads it: arm, code, and what else it asks for."""
    match outcome:
        case Approved(code=code):
            return f"approved {code}"
        case Declined(code=code, final=final, stops_account=stops):
            return f"declined {code}{' final' * final}{' stops' * stops}"
        case NotSent():
            return "not sent"
        case Accepted(code=code):
            return f"accepted {code}"
        case Unknown(doubt=doubt, code=code, alarm=alarm, stops_account=stops):
            told = f" {code}" if code else ""
            return f"unknown {doubt}{told}{' alarm' * alarm}{' stops' * stops}"


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it, for at most so long that a hang is told."""

    async def bounded() -> T:
        async with asyncio.timeout(30):
            return await main

    return asyncio.run(bounded())


def said(sandbox: Sandbox, charge: Charge, *calls: Call) -> list[str]:
    """What these calls say, one after the other, about one charge."""

    async def main() -> list[str]:
        async with gateways(sandbox) as (gateway, _):
            return [word(await call(gateway, charge)) for call in calls]

    return run(main())


def magic(code: str) -> str:
    """The phone on which the sandbox answers a push with that code."""
    named = {"BR": 1101, "EB": 1102, "ER": 1103}
    return f"08120000{named.get(code) or 1000 + int(code)}"


def asked(
    sandbox: Sandbox, phone: str, *, late: bool = False, credentials: dict[str, str] | None = None
) -> bool | None:
    async def main() -> bool | None:
        async with gateways(sandbox) as (patient, impatient):
            account = replace(fresh().account, credentials=PUBLISHED | (credentials or {}))
            gateway = impatient if late else patient
            return await gateway.is_registered(account, Msisdn(phone))

    return run(main())
