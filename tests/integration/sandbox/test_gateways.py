"""Midtrans, Xendit and DOKU over real sockets, and the one phone on which all of them appear."""

import asyncio
import base64
import hashlib
import re
from typing import Any

import aiohttp
import orjson

from tests.integration.sandbox.callers import Caller, with_a_caller
from tests.integration.sandbox.merchant import Hook, with_a_hook
from tests.unit.sandbox.builders import SOMEBODY, a_message

_WAITING = "/control/charges?state=waiting"


async def credentials(caller: Caller, provider: str) -> dict[str, str]:
    found: dict[str, str] = (await caller.get(f"/control/credentials/{provider}"))[1]["credentials"]
    return found


async def ask(caller: Caller, path: str, body: object, user: str = "") -> tuple[int, Any]:
    basic = base64.b64encode(f"{user}:".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"} if user else {}
    url = caller.url + path
    async with caller.session.post(url, data=orjson.dumps(body), headers=headers) as response:
        return response.status, orjson.loads(await response.read())


async def by_midtrans(caller: Caller, order_id: str = "O1") -> tuple[int, Any]:
    body = {
        "payment_type": "ovo",
        "transaction_details": {"order_id": order_id, "gross_amount": 10_000},
        "ovo": {"payer_phone_number": SOMEBODY},
    }
    user = (await credentials(caller, "midtrans"))["server_key"]
    return await ask(caller, "/midtrans/v2/charge", body, user)


async def by_xendit(caller: Caller) -> tuple[int, Any]:
    body = {
        "reference_id": "X1",
        "currency": "IDR",
        "amount": 20_000,
        "checkout_method": "ONE_TIME_PAYMENT",
        "channel_code": "ID_OVO",
        "channel_properties": {"mobile_number": f"+62{SOMEBODY[1:]}"},
    }
    user = (await credentials(caller, "xendit"))["api_key"]
    return await ask(caller, "/xendit/ewallets/charges", body, user)


async def by_doku(caller: Caller, invoice: str = "I1") -> tuple[int, Any]:
    found = await credentials(caller, "doku")
    text = f"30000{found['client_id']}{invoice}{SOMEBODY}{found['secret_key']}"
    body = {
        "client": {"id": found["client_id"]},
        "order": {"invoice_number": invoice, "amount": 30_000},
        "ovo_info": {"ovo_id": SOMEBODY},
        "security": {"check_sum": hashlib.sha256(text.encode()).hexdigest()},
    }
    return await ask(caller, "/doku/ovo-emoney/v1/payment", body)


def test_one_phone_shows_and_decides_the_charges_of_every_provider() -> None:
    async def run(caller: Caller) -> None:
        push = asyncio.create_task(caller.code(a_message(amount=40_000)))
        await caller.waiting()
        held = asyncio.create_task(by_doku(caller))
        await caller.until(lambda found: found["charges"], _WAITING)
        assert (await by_midtrans(caller))[1]["transaction_status"] == "pending"
        assert (await by_xendit(caller))[1]["status"] == "PENDING"
        page = f"{caller.url}/phones/{SOMEBODY}"
        async with caller.session.get(page) as response:
            text = await response.text()
        for amount in ("Rp 10.000", "Rp 20.000", "Rp 30.000", "Rp 40.000"):
            assert amount in text
        for action in re.findall(r'action="(/phones/\d+/[\w-]+/approve)"', text):
            async with caller.session.post(caller.url + action) as response:
                assert response.status == 200
        assert await push == "00"
        assert (await held)[1]["ovo_payment"]["status"] == "SUCCESS"
        _, ledger = await caller.get("/control/ledger")
        kept = {name: told["amount_kept"] for name, told in ledger["providers"].items()}
        assert (kept["midtrans"], kept["xendit"], kept["doku"]) == (10_000, 20_000, 30_000)
        assert ledger["totals"]["amount_kept"] == 40_000

    with_a_caller(run, window="20s", wallet_limit="30s", late_after="31s", silence_bound="40s")


def test_the_index_leads_to_phones_and_to_the_scan_page() -> None:
    async def run(caller: Caller) -> None:
        await by_midtrans(caller)
        async with caller.session.get(f"{caller.url}/") as response:
            text = await response.text()
        assert "midtrans" in text
        assert SOMEBODY not in text
        link = re.search(r'href="(/open/chg-\d+)"', text)
        assert link is not None
        async with caller.session.get(caller.url + link[1]) as response:
            assert response.url.path == f"/phones/{SOMEBODY}"
            assert "Rp 10.000" in await response.text()

    with_a_caller(run)


def test_a_caller_who_hangs_up_leaves_its_charge_to_the_customer() -> None:
    async def run(caller: Caller) -> None:
        held = asyncio.create_task(by_doku(caller))
        found = await caller.until(lambda found: found["charges"], _WAITING)
        assert found["charges"][0]["held"]
        held.cancel()
        path = f"/control/charges/{found['charges'][0]['id']}"
        await caller.until(lambda row: not row["held"], path)
        assert (await caller.post(f"{path}/approve"))[1]["money_kept"]

    with_a_caller(run)


def test_a_held_call_is_cut_on_reset_and_a_lost_answer_on_its_way() -> None:
    async def run(caller: Caller) -> None:
        held = asyncio.create_task(by_doku(caller))
        await caller.until(lambda found: found["charges"], _WAITING)
        await caller.post("/control/reset")
        for call in (held, asyncio.create_task(_lost(caller))):
            try:
                await call
            except aiohttp.ClientConnectionError:
                continue
            raise AssertionError("it was answered")
        charge = (await caller.get("/control/charges"))[1]["charges"][0]
        assert (charge["provider"], charge["state"]) == ("midtrans", "waiting")

    async def _lost(caller: Caller) -> object:
        await caller.post("/control/scenario/midtrans", {"answers": {"charge": "lost"}})
        return await by_midtrans(caller)

    with_a_caller(run)


def test_notifications_go_where_each_provider_was_told() -> None:
    async def run(caller: Caller, hook: Hook) -> None:
        for provider in ("midtrans", "xendit", "doku"):
            choices = {"notify_url": hook.url, "customer": "approve"}
            await caller.post(f"/control/scenario/{provider}", choices)
        await asyncio.gather(by_midtrans(caller), by_xendit(caller), by_doku(caller))
        await caller.until(
            lambda found: len([row for row in found["notifications"] if row["taken"]]) == 4,
            "/control/notifications",
        )
        bodies = [orjson.loads(body) for _, _, body in hook.heard]
        assert {"settlement"} <= {body.get("transaction_status") for body in bodies}
        assert {"ewallet.capture"} <= {body.get("event") for body in bodies}
        assert {"SUCCESS"} <= {body.get("transaction", {}).get("status") for body in bodies}

    with_a_hook(run)


def test_a_notification_that_nobody_takes_is_tried_again() -> None:
    async def run(caller: Caller, hook: Hook) -> None:
        hook.status = 500
        choices = {
            "notify_url": hook.url,
            "customer": "approve",
            "notification_every": "10ms",
            "notification_tries": 2,
        }
        await caller.post("/control/scenario/xendit", choices)
        await by_xendit(caller)
        path = "/control/notifications"
        found = await caller.until(
            lambda found: found["notifications"] and len(found["notifications"][0]["results"]) == 2,
            path,
        )
        assert [result["status"] for result in found["notifications"][0]["results"]] == [500, 500]
        await caller.post("/control/scenario/xendit", {"notify_url": "http://127.0.0.1:9/closed"})
        charge = (await caller.get("/control/charges"))[1]["charges"][0]
        await caller.post(f"/control/charges/{charge['id']}/notify", {"kind": "true"})
        await caller.until(lambda found: found["notifications"][0]["results"], path)
        newest = (await caller.get(path))[1]["notifications"][0]
        assert (newest["results"][0]["status"], newest["taken"]) == (None, False)

    with_a_hook(run)
