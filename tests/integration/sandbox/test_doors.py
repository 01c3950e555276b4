"""Who may come in and how many, what an outage looks like from outside, and the settlement."""

import asyncio

import aiohttp
import orjson
import pytest

from sandbox.scenario import Scenario, changed
from sandbox.server import serving
from tests.integration.sandbox.callers import REAL, Caller, with_a_caller
from tests.unit.sandbox.builders import CHECK, INQUIRY, REVERSAL, SOMEBODY, a_message, headers_for

LEDGER = "/control/ledger"
OTHER_SITES = (
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"},
)


def test_a_page_of_another_site_can_change_nothing() -> None:
    async def run(caller: Caller) -> None:
        held = asyncio.create_task(caller.code(a_message()))
        push = await caller.waiting()
        paths = (
            "/control/scenario",
            "/control/clock",
            "/control/reset",
            "/control/accounts",
            f"/control/pushes/{push['id']}/approve",
            f"/phones/{SOMEBODY}/{push['id']}/approve",
        )
        for path in paths:
            for headers in OTHER_SITES:
                async with caller.session.post(caller.url + path, headers=headers) as response:
                    assert (path, response.status) == (path, 403)
        assert (await caller.get(f"/control/pushes/{push['id']}"))[1]["state"] == "waiting"
        own = {"Origin": caller.url, "Sec-Fetch-Site": "same-origin"}
        async with caller.session.post(caller.url + paths[-1], headers=own) as response:
            assert response.status == 200
        assert await held == "00"

    with_a_caller(run, **REAL)


def test_the_pages_let_the_browser_say_that_a_button_is_theirs() -> None:
    async def run(caller: Caller) -> None:
        async with caller.session.get(f"{caller.url}/phones/{SOMEBODY}") as response:
            assert response.headers["Referrer-Policy"] == "same-origin"

    with_a_caller(run)


def test_the_control_api_does_not_answer_to_a_rebound_name() -> None:
    async def run(caller: Caller) -> None:
        for host, status in (("evil.example:8090", 403), ("localhost:8090", 200)):
            for path in ("/control/ledger", "/"):
                headers = {"Host": host}
                async with caller.session.get(caller.url + path, headers=headers) as response:
                    assert (path, response.status) == (path, status)

    with_a_caller(run)


def test_a_call_too_many_gets_an_empty_503() -> None:
    async def run() -> None:
        async with (
            serving(changed(Scenario(), REAL), held_calls=2) as running,
            aiohttp.ClientSession() as session,
        ):
            caller = Caller(running.url, session)
            held = [asyncio.create_task(caller.send(a_message(number=n))) for n in (1, 2)]
            await caller.until(lambda found: len(found["pushes"]) == 2, "/control/pushes")
            assert await caller.send(a_message(number=3)) == (503, b"")
            assert await caller.send(a_message(CHECK)) == (503, b"")
            await caller.post("/control/pushes/push-000001/decline")
            assert orjson.loads((await held[0])[1])["responseCode"] == "17"
            assert await caller.code(a_message(CHECK, number=2)) == "68"
            await caller.post("/control/pushes/push-000002/approve")
            await held[1]

    asyncio.run(run())


async def _spoken(port: int, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(text)
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


def test_a_connection_too_many_gets_an_empty_503_and_one_that_is_silent_is_closed() -> None:
    async def run() -> None:
        async with serving(changed(Scenario(), REAL), connections=2) as running:
            kept = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(2)]
            await asyncio.sleep(0.05)
            asked = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            answer = await _spoken(running.port, asked)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert answer.endswith(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            assert (await _spoken(running.port, asked * 500)).startswith(b"HTTP/1.1 503 ")
            assert await _spoken(running.port, b"") == b""
            for _, writer in kept:
                writer.close()
            await asyncio.sleep(0.05)
            assert (await _spoken(running.port, asked)).startswith(b"HTTP/1.1 200 ")

    asyncio.run(run())


def test_an_outage_over_http_leaves_the_control_api_open() -> None:
    async def run(caller: Caller) -> None:
        await caller.post("/control/scenario", {"outage": "502"})
        url, headers = f"{caller.url}/pos", {**headers_for(), "Content-Type": "application/json"}
        body = orjson.dumps(a_message())
        async with caller.session.post(url, data=body, headers=headers) as response:
            assert (response.status, response.content_type) == (502, "text/html")
            assert b"Bad Gateway" in await response.read()
        for kind in ("close", "hang"):
            await caller.post("/control/scenario", {"outage": kind})
            with pytest.raises(aiohttp.ClientConnectionError):
                await caller.send(a_message())
        _, found = await caller.post("/control/scenario", {"outage": {"kind": "503", "for": "1m"}})
        assert found["outage"] == {"kind": "503", "heard": False, "of": [], "for": "60s"}
        assert (await caller.send(a_message()))[0] == 503
        await caller.post("/control/clock", {"advance": "60s"})
        assert (await caller.get("/control/scenario"))[1]["outage"] is None
        assert await caller.code(a_message(INQUIRY)) == "00"
        totals = (await caller.get("/control/ledger"))[1]["totals"]
        assert totals["outage"] == {"502": 1, "503": 1, "close": 1, "hang": 1}
        assert totals["pushes"] == 0

    with_a_caller(run)


def test_a_reversal_overtakes_a_push_that_is_on_its_way() -> None:
    async def run(caller: Caller) -> None:
        await caller.post("/control/scenario", {"delivered_after": "30s"})
        held = asyncio.create_task(caller.send(a_message()))
        ledger = await caller.until(lambda found: found["totals"]["under_way"] == 1, LEDGER)
        assert ledger["pushes"] == []
        assert await caller.code(a_message(REVERSAL)) == "00"
        await caller.post("/control/clock", {"advance": "30s"})
        assert await held == (404, b"")
        (row,) = (await caller.get(LEDGER))[1]["pushes"]
        assert (row["state"], row["reversals"], row["money_moved"]) == ("reversed", 1, False)
        gone = asyncio.create_task(caller.send(a_message(number=2)))
        await caller.until(lambda found: found["totals"]["under_way"] == 1, LEDGER)
        await caller.post("/control/reset")
        with pytest.raises(aiohttp.ClientConnectionError):
            await gone
        assert (await caller.get(LEDGER))[1]["totals"]["under_way"] == 0

    with_a_caller(run, remembers_early_reversals=True, behaviour="approve", **REAL)


def test_the_settlement_is_a_csv_file_of_the_day_asked_for() -> None:
    async def run(caller: Caller) -> None:
        assert await caller.code(a_message()) == "00"
        _, clock = await caller.get("/control/clock")
        today = clock["now"][:10]
        path = f"{caller.url}/control/settlement.csv"
        async with caller.session.get(f"{path}?date={today}") as response:
            text = await response.text()
            assert response.content_type == "text/csv"
            assert f"invented-settlement-{today}.csv" in response.headers["Content-Disposition"]
            assert len(text.splitlines()) == 2
        async with caller.session.get(path) as response:
            assert await response.text() == text
        async with caller.session.get(f"{path}?date={today}&mid=other") as response:
            assert len((await response.text()).splitlines()) == 1
        await caller.post("/control/scenario", {"settlement_faults": ["missing_line"]})
        async with caller.session.get(path) as response:
            assert len((await response.text()).splitlines()) == 1
        for query in ("date=23-11-2026", "date=2026-02-30", "day=1"):
            async with caller.session.get(f"{path}?{query}") as response:
                assert response.status == 422

    with_a_caller(run, behaviour="approve")


def test_each_provider_has_a_settlement_of_its_own() -> None:
    async def story(caller: Caller) -> None:
        path = f"{caller.url}/control/settlement.csv"
        titles = set()
        for provider in ("ovo", "ovo_snap", "ovo_qris", "midtrans", "xendit", "doku"):
            query = {"provider": provider, "date": "2026-11-23"}
            async with caller.session.get(path, params=query) as response:
                assert response.status == 200
                assert response.content_type == "text/csv"
                titles.add((await response.text()).splitlines()[0])
        assert len(titles) == 5, "the two of SNAP share a report"
        wrong = (
            {"provider": "kilat"},
            {"provider": "doku", "date": "yesterday"},
            {"provider": "doku", "mid": "1"},
            {"provider": "doku", "partner": "nobody"},
            {"partner": "demo"},
        )
        for query in wrong:
            async with caller.session.get(path, params=query) as response:
                assert response.status == 422

    with_a_caller(story)
