"""The sandbox's own pages in a real browser: the PIN page, the scan page, the one phone."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.browser.conftest import Visit
from tests.browser.look import faults
from tests.integration.house import ROOT, call
from tests.integration.sandbox.callers import Caller
from tests.integration.sandbox.merchant import Snap
from tests.integration.sandbox.test_gateways import by_midtrans
from tests.integration.sandbox.test_snap_providers import (
    BIND,
    PAY,
    a_binding,
    a_code,
    a_debit,
    customer_token,
)
from tests.unit.sandbox.builders import SOMEBODY


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """The address of a sandbox of this module's own."""
    command = [sys.executable, "-m", "sandbox", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().rpartition(" ")[2].strip()
        process.terminate()


def asked(sandbox: str, work: Callable[[Caller], Awaitable[Any]]) -> Any:
    """What a merchant's server gets to hear, beside the browser's own loop."""

    async def run() -> Any:
        async with aiohttp.ClientSession() as session:
            return await work(Caller(sandbox, session))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


def test_a_customer_links_an_account_and_pays_with_the_pin(visit: Visit, sandbox: str) -> None:
    # Another origin than the page's, as a merchant's is: the page has to let the browser go there.
    back = sandbox.replace("127.0.0.1", "localhost") + "/healthz"
    urls = {"successRegistrationUrl": f"{back}?ok=1", "failedRegistrationUrl": f"{back}?ok=0"}

    async def bind(caller: Caller) -> Any:
        return (await (await Snap.of(caller, "ovo_snap")).call(BIND, a_binding() | urls))[1]

    bound, page = asked(sandbox, bind), visit.page
    page.goto(bound["redirectUrl"])
    assert faults(page) == []
    page.get_by_label("PIN").fill("999999")
    page.get_by_role("button", name="Hubungkan").click()
    assert "sisa 2 kali" in page.get_by_role("alert").inner_text()
    assert faults(page) == []
    page.get_by_label("PIN").fill("123456")
    page.get_by_role("button", name="Hubungkan").click()
    page.wait_for_url(f"{back}?ok=1&*")
    assert parse_qs(urlsplit(page.url).query)["displayMessage"] == ["SUCCESS"]
    location = page.url

    async def debit(caller: Caller) -> Any:
        snap = await Snap.of(caller, "ovo_snap")
        token = await customer_token(snap, bound, location)
        returns = [{"url": f"{back}?paid", "type": "PAY_RETURN", "isDeeplink": "N"}]
        return (await snap.call(PAY, a_debit("B1", urlParams=returns), token))[1]

    pays = asked(sandbox, debit)["webRedirectUrl"]
    page.goto(pays)
    assert "Rp 50.000" in page.inner_text("main")
    assert faults(page) == []
    page.get_by_label("PIN").fill("123456")
    page.get_by_role("button", name="Bayar").click()
    page.wait_for_url(f"{back}?paid")
    page.goto(pays)
    assert "Berhasil dibayar" in page.get_by_role("status").inner_text()
    assert faults(page) == []


def test_a_customer_who_cancels_goes_back_with_an_error(visit: Visit, sandbox: str) -> None:
    async def bind(caller: Caller) -> Any:
        back = {"failedRegistrationUrl": f"{sandbox}/healthz"}
        binding = a_binding("081211112222") | back
        return (await (await Snap.of(caller, "ovo_snap")).call(BIND, binding))[1]

    visit.page.goto(asked(sandbox, bind)["redirectUrl"])
    visit.page.get_by_role("button", name="Batal").click()
    visit.page.wait_for_url("**/healthz?errorResponse=*")
    assert "OV00006" in visit.page.url


def test_a_customer_pastes_a_code_and_pays(visit: Visit, sandbox: str) -> None:
    async def code(caller: Caller) -> Any:
        return await a_code(await Snap.of(caller, "ovo_qris"), "B2")

    made, page = asked(sandbox, code), visit.page
    page.goto(f"{sandbox}/ovo-qris/scan")
    assert faults(page) == []
    page.get_by_label("Isi kode QR").fill(made["qrContent"])
    page.get_by_role("button", name="Pindai").click()
    assert "Rp 50.000" in page.inner_text("main")
    assert faults(page) == []
    page.get_by_role("button", name="Bayar").click()
    assert "Berhasil dibayar" in page.get_by_role("status").inner_text()
    assert faults(page) == []
    totals = call("GET", f"{sandbox}/control/ledger").json["providers"]["ovo_qris"]
    assert totals["amount_kept"] == 50_000


def test_a_gateways_push_waits_on_the_phone(visit: Visit, sandbox: str) -> None:
    asked(sandbox, by_midtrans)
    visit.page.goto(f"{sandbox}/phones/{SOMEBODY}")
    assert faults(visit.page) == []
    visit.page.get_by_role("button", name="Setujui").click()
    assert "Berhasil" in visit.page.get_by_role("status").inner_text()
    totals = call("GET", f"{sandbox}/control/ledger").json["providers"]["midtrans"]
    assert totals["amount_kept"] == 10_000
