"""Linked accounts and QRIS over real sockets: pages, control API, notifications."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.integration.sandbox.callers import Caller, with_a_caller
from tests.integration.sandbox.merchant import Hook, Snap, with_a_hook

B2B, B2B2C = "/OVOSNAP/v1.0/access-token/b2b", "/OVOSNAP/v2.0/access-token/b2b2c"
BIND = "/OVOSNAP/v2.0/oauth/account/registration-account-binding"
PAY = "/OVOSNAP/v2.0/debit/payment-host-to-host"
BACK = "http://127.0.0.1:9/back"
OWN_TOKEN = {"grantType": "client_credentials"}


def a_binding(phone: str = "081298765432") -> dict[str, object]:
    return {
        "phoneNo": phone,
        "custIdMerchant": f"of-{phone}",
        "successRegistrationUrl": f"{BACK}?ok=1",
        "failedRegistrationUrl": f"{BACK}?ok=0",
    }


def a_debit(reference: str, **fields: object) -> dict[str, object]:
    amount = {"value": "50000.00", "currency": "IDR"}
    return {
        "partnerReferenceNo": reference,
        "merchantId": "100001",
        "chargeToken": "OVO",
        "payOptionDetails": [{"payMethod": "CASH", "payOption": "OVO", "transAmount": amount}],
        **fields,
    }


async def press(caller: Caller, url: str, **form: str) -> tuple[int, str]:
    """Press a button of a page; the status and where it leads."""
    async with caller.session.post(url, data=form, allow_redirects=False) as response:
        return response.status, response.headers.get("Location", "")


async def page(caller: Caller, url: str) -> tuple[int, str, str]:
    async with caller.session.get(url) as response:
        policy = response.headers["Content-Security-Policy"]
        return response.status, await response.text(), policy


async def customer_token(snap: Snap, bound: dict[str, Any], location: str) -> str:
    code = parse_qs(urlsplit(location).query)["authCode"][0]
    asked = {"grantType": "authorization_code", "authCode": code}
    status, told = await snap.fetch(B2B2C, asked, Authorization=bound["linkageToken"])
    assert status == 200
    return str(told["accessToken"])


def test_a_browser_links_an_account_and_pays_by_pin() -> None:
    async def run(caller: Caller) -> None:
        snap = await Snap.of(caller, "ovo_snap")
        bound = (await snap.call(BIND, a_binding()))[1]
        status, text, policy = await page(caller, bound["redirectUrl"])
        assert status == 200
        assert "Hubungkan akun OVO" in text
        assert "form-action 'self' http://127.0.0.1:9;" in policy
        assert "081298765432" not in text
        stays = await press(caller, bound["redirectUrl"], do="confirm", pin="999999")
        assert stays == (303, urlsplit(bound["redirectUrl"]).path)
        assert "sisa 2 kali" in (await page(caller, bound["redirectUrl"]))[1]
        _, location = await press(caller, bound["redirectUrl"], do="confirm", pin="123456")
        assert location.startswith(f"{BACK}?ok=1&authCode=")
        token = await customer_token(snap, bound, location)
        returns = [{"url": BACK, "type": "PAY_RETURN", "isDeeplink": "N"}]
        answer = (await snap.call(PAY, a_debit("P1", urlParams=returns), token))[1]
        assert "Rp 50.000" in (await page(caller, answer["webRedirectUrl"]))[1]
        assert await press(caller, answer["webRedirectUrl"], do="confirm", pin="123456") == (
            303,
            BACK,
        )
        assert "Berhasil dibayar" in (await page(caller, answer["webRedirectUrl"]))[1]
        _, ledger = await caller.get("/control/ledger")
        assert ledger["providers"]["ovo_snap"]["amount_kept"] == 50_000
        assert ledger["charges"][0]["reference"] == "P1"

    with_a_caller(run)


def test_another_sites_page_can_not_press_the_buttons() -> None:
    async def run(caller: Caller) -> None:
        snap = await Snap.of(caller, "ovo_snap")
        url = (await snap.call(BIND, a_binding()))[1]["redirectUrl"]
        headers = {"Origin": "https://evil.example"}
        for target in (url, f"{caller.url}/ovo-qris/scan"):
            form = {"do": "refuse", "qr": "any"}
            async with caller.session.post(target, data=form, headers=headers) as response:
                assert response.status == 403
        async with caller.session.get(f"{caller.url}/ovo-snap/pin/nobody") as response:
            assert response.status == 404

    with_a_caller(run)


def test_a_program_confirms_refuses_and_ends_links() -> None:
    async def run(caller: Caller) -> None:
        snap = await Snap.of(caller, "ovo_snap")
        bound = (await snap.call(BIND, a_binding()))[1]
        link = (await caller.get("/control/links"))[1]["links"][0]
        assert (link["state"], link["phone"]) == ("asked", "08••••••5432")
        assert bound["redirectUrl"].endswith(link["page"])
        path = f"/control/links/{link['id']}"
        status, told = await caller.post(f"{path}/confirm")
        assert (status, told["state"]) == (200, "confirmed")
        token = await customer_token(snap, bound, told["redirect"])
        assert (await snap.call(PAY, a_debit("P1", subTransactionType="AUTO"), token))[0] == 200
        assert (await caller.post(f"{path}/refuse"))[0] == 409
        assert (await caller.post(f"{path}/fly"))[0] == 404
        assert (await caller.post("/control/links/lnk-0/confirm"))[0] == 404
        assert (await caller.post(f"{path}/unlink"))[1]["state"] == "unlinked"
        assert (await snap.call(PAY, a_debit("P2"), token))[1]["responseCode"] == "4015402"
        await snap.call(BIND, a_binding("081211112222"))
        newest = (await caller.get("/control/links"))[1]["links"][0]["id"]
        told = (await caller.post(f"/control/links/{newest}/refuse"))[1]
        assert "errorResponse" in told["redirect"]

    with_a_caller(run)


def test_tokens_are_counted_and_revoked() -> None:
    async def run(caller: Caller) -> None:
        snap = await Snap.of(caller, "ovo_snap")
        assert (await snap.fetch(B2B, OWN_TOKEN))[0] == 200
        wrong = await snap.fetch(B2B, OWN_TOKEN, **{"X-SIGNATURE": "AAAA"})
        assert wrong[1]["responseCode"] == "4017300"
        told = (await caller.get("/control/tokens"))[1]
        assert told["ovo_snap"]["b2b"] == {"fetched": 1, "refused": 1, "live": 1}
        assert told["ovo_qris"]["b2b"]["fetched"] == 0
        path = "/control/tokens/ovo_snap/revoke"
        assert await caller.post(path, {"kind": "b2b2c"}) == (200, {"revoked": 0})
        assert await caller.post(path) == (200, {"revoked": 1})
        assert (await caller.post(path, {"kind": "fly"}))[0] == 422
        assert (await caller.post("/control/tokens/nobody/revoke"))[0] == 404

    with_a_caller(run)


async def a_code(snap: Snap, reference: str = "R1") -> Any:
    token = (await snap.fetch("/v1.0/access-token/b2b", OWN_TOKEN))[1]["accessToken"]
    body = {
        "partnerReferenceNo": reference,
        "amount": {"value": "50000.00", "currency": "IDR"},
        "merchantId": "200001",
    }
    return (await snap.call("/v1.0/qr/qr-mpm-generate", body, token))[1]


def test_a_browser_scans_a_code_and_pays_and_the_merchant_is_notified() -> None:
    async def run(caller: Caller, hook: Hook) -> None:
        hook.body = orjson.dumps({"responseCode": "2005200"})
        await caller.post("/control/scenario/ovo_qris", {"notify_url": hook.url})
        code = await a_code(await Snap.of(caller, "ovo_qris"))
        status, text, _ = await page(caller, code["qrUrl"])
        assert (status, "Rp 50.000" in text) == (200, True)
        assert (await page(caller, f"{caller.url}/ovo-qris/scan?qr=nonsense"))[0] == 404
        url, qr = f"{caller.url}/ovo-qris/scan", code["qrContent"]
        assert (await press(caller, url, qr="nonsense", do="pay"))[0] == 404
        assert (await press(caller, url, qr=qr, do="pay"))[0] == 200
        assert (await press(caller, url, qr=qr, do="decline"))[0] == 200  # too late
        path = "/control/notifications?provider=ovo_qris"
        sent = await caller.until(
            lambda found: found["notifications"] and found["notifications"][0]["taken"], path
        )
        [(target, headers, body)] = hook.heard
        assert target == "/hook?of=mine"
        assert headers["x-signature"] == sent["notifications"][0]["headers"]["X-SIGNATURE"]
        assert orjson.loads(body)["latestTransactionStatus"] == "00"

    with_a_hook(run)


def test_a_program_sends_any_notification_of_any_charge() -> None:
    async def run(caller: Caller, hook: Hook) -> None:
        code = await a_code(await Snap.of(caller, "ovo_qris"))
        charge = (await caller.get("/control/charges?provider=ovo_qris"))[1]["charges"][0]
        path = f"/control/charges/{charge['id']}"
        assert (await caller.post(f"{path}/notify"))[0] == 409  # to whom?
        await caller.post("/control/scenario/ovo_qris", {"notify_url": hook.url})
        asked = {"kind": "wrong_key", "state": "paid"}
        assert (await caller.post(f"{path}/notify", asked))[1]["kind"] == "wrong_key"
        await caller.until(
            lambda found: found["notifications"][0]["results"], "/control/notifications"
        )
        told = orjson.loads(hook.heard[0][2])
        assert (told["latestTransactionStatus"], told["originalReferenceNo"]) == (
            "00",
            code["referenceNo"],
        )
        assert (await caller.get(path))[1]["state"] == "waiting"
        for body in ({"kind": "fly"}, {"state": "fly"}, {"fly": 1}):
            assert (await caller.post(f"{path}/notify", body))[0] == 422

    with_a_hook(run)


def test_charges_are_shown_tapped_and_forgotten() -> None:
    async def run(caller: Caller) -> None:
        snap = await Snap.of(caller, "ovo_qris")
        for number in range(3):
            await a_code(snap, f"R{number}")
        found = (await caller.get("/control/charges?limit=2"))[1]
        assert [row["reference"] for row in found["charges"]] == ["R0", "R1"]
        rest = (await caller.get(f"/control/charges?after={found['next']}"))[1]
        assert [row["reference"] for row in rest["charges"]] == ["R2"]
        path = f"/control/charges/{found['next']}"
        assert (await caller.post(f"{path}/approve"))[1]["money_kept"]
        assert (await caller.post(f"{path}/decline"))[0] == 409
        assert (await caller.post(f"{path}/fly"))[0] == 404
        assert (await caller.post("/control/charges/chg-0/approve"))[0] == 404
        paid = (await caller.get("/control/charges?state=paid&reference=R1"))[1]["charges"]
        assert len(paid) == 1
        for query in ("state=fly", "fly=1", "limit=0"):
            assert (await caller.get(f"/control/charges?{query}"))[0] == 422
        await caller.post("/control/reset")
        assert (await caller.get("/control/charges"))[1]["charges"] == []
        assert (await caller.get("/control/tokens"))[1]["ovo_qris"]["b2b"]["fetched"] == 0

    with_a_caller(run)


def test_the_clock_moves_for_every_provider() -> None:
    async def run(caller: Caller) -> None:
        await a_code(await Snap.of(caller, "ovo_qris"))
        await caller.post("/control/clock", {"advance": "75s"})
        charge = (await caller.get("/control/charges"))[1]["charges"][0]
        assert charge["state"] == "expired"

    with_a_caller(run)


def test_a_scenario_of_a_provider_is_shown_and_changed() -> None:
    async def run(caller: Caller) -> None:
        path = "/control/scenario/ovo_qris"
        assert (await caller.get(path))[1]["window"] == "75s"
        assert (await caller.post(path, {"window": "5s"}))[1]["window"] == "5s"
        status, told = await caller.post(path, {"fly": 1})
        assert (status, told["problems"]) == (422, {"fly": "unknown key"})
        assert (await caller.get("/control/scenario/nobody"))[0] == 404
        assert (await caller.get("/control/credentials/ovo_qris?partner=x"))[0] == 422

    with_a_caller(run)
