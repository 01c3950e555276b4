"""The sandbox over real sockets, with OVO's clocks run at one fiftieth."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
import orjson
import pytest

from sandbox.accounts import DEMO_ACCOUNT
from sandbox.scenario import Scenario
from sandbox.server import BODY_BYTES, serving
from tests.integration.sandbox.callers import REAL, Caller, with_a_caller
from tests.unit.sandbox.builders import CHECK, INQUIRY, SOMEBODY, a_message, headers_for

ROOT = Path(__file__).parents[3]


def test_a_person_approves_over_the_control_api() -> None:
    async def run(caller: Caller) -> None:
        held = asyncio.create_task(caller.send(a_message()))
        push = await caller.waiting()
        status, row = await caller.post(f"/control/pushes/{push['id']}/approve")
        assert (status, row["state"], row["money_kept"]) == (200, "paid", True)
        assert (await held)[0] == 200
        assert (await caller.post(f"/control/pushes/{push['id']}/approve"))[0] == 409
        assert (await caller.post("/control/pushes/push-0/approve"))[0] == 404
        assert (await caller.post(f"/control/pushes/{push['id']}/fly"))[0] == 404

    with_a_caller(run)


def test_a_person_taps_the_buttons_of_the_page() -> None:
    async def run(caller: Caller) -> None:
        for number, (word, code) in enumerate((("approve", "00"), ("decline", "17")), start=1):
            held = asyncio.create_task(caller.code(a_message(number=number)))
            await caller.waiting()
            page = f"{caller.url}/phones/{SOMEBODY}"
            async with caller.session.get(page) as response:
                text = await response.text()
                assert response.headers["Cache-Control"] == "no-store"
            action = re.search(rf'action="(/phones/\d+/[\w-]+/{word})"', text)
            assert action is not None
            async with caller.session.post(caller.url + action[1]) as response:
                assert response.url.path == f"/phones/{SOMEBODY}"
                assert response.status == 200
            assert await held == code
            async with caller.session.post(caller.url + action[1]) as response:
                assert response.status == 200  # a second tap only shows what happened
            other = action[1].replace(SOMEBODY, "081211112222")
            async with caller.session.post(caller.url + other) as response:
                assert response.status == 404

    with_a_caller(run)


def test_an_ignored_push_and_an_expired_one_are_an_empty_404() -> None:
    async def run(caller: Caller) -> None:
        held = asyncio.create_task(caller.send(a_message(number=1)))
        push = await caller.waiting()
        await caller.post(f"/control/pushes/{push['id']}/ignore")
        assert await held == (404, b"")
        started = monotonic()
        assert await caller.send(a_message(number=2)) == (404, b"")
        assert 1.0 < monotonic() - started < 1.6

    with_a_caller(run)


def test_a_dropped_push_is_cut_and_paid() -> None:
    async def run(caller: Caller) -> None:
        with pytest.raises(aiohttp.ClientConnectionError):
            await caller.send(a_message(phone="081200000005"))
        assert await caller.code(a_message(CHECK, phone="081200000005")) == "00"

    with_a_caller(run)


def test_a_late_answer_comes_after_the_limit_and_silence_never_answers() -> None:
    async def run(caller: Caller) -> None:
        started = monotonic()
        silent = asyncio.create_task(caller.send(a_message(number=2, phone="081200000004")))
        assert await caller.code(a_message(number=1, phone="081200000006")) == "00"
        assert 1.5 <= monotonic() - started < 2.2
        assert not silent.done()
        with pytest.raises(aiohttp.ClientConnectionError):
            await silent
        assert 2.4 <= monotonic() - started < 3.2

    with_a_caller(run)


def test_a_customer_can_still_approve_after_the_caller_has_left() -> None:
    async def run(caller: Caller) -> None:
        held = asyncio.create_task(caller.send(a_message()))
        push = await caller.waiting()
        held.cancel()
        await caller.until(lambda row: not row["held"], f"/control/pushes/{push['id']}")
        _, row = await caller.post(f"/control/pushes/{push['id']}/approve")
        assert row["caller_left_at"] is not None
        assert row["money_kept"]
        assert await caller.code(a_message(CHECK)) == "00"

    with_a_caller(run)


def test_headers_are_taken_in_any_case() -> None:
    async def run(caller: Caller) -> None:
        headers = {name.upper(): value for name, value in headers_for().items()}
        headers["Content-Type"] = "application/json; charset=utf-8"
        body = orjson.dumps(a_message(INQUIRY))
        url = f"{caller.url}/pos"
        async with caller.session.post(url, data=body, headers=headers) as response:
            assert response.status == 200
        headers["Content-Type"] = "text/plain"
        async with caller.session.post(url, data=body, headers=headers) as response:
            assert orjson.loads(await response.read())["responseCode"] == "BR"

    with_a_caller(run)


def test_other_paths_methods_and_sizes_are_refused_with_an_empty_body() -> None:
    async def run(caller: Caller) -> None:
        for method, path, body, status in (
            ("GET", "/pos", b"", 405),
            ("PUT", "/pos", b"", 405),
            ("POST", "/nowhere", b"", 404),
            ("POST", "/pos/", b"", 404),
            ("POST", "/pos", b"x" * (BODY_BYTES + 1), 413),
        ):
            async with caller.session.request(method, caller.url + path, data=body) as response:
                assert (response.status, await response.read()) == (status, b"")

    with_a_caller(run)


def test_the_ledger_counts_what_was_heard() -> None:
    async def run(caller: Caller) -> None:
        assert await caller.code(a_message()) == "00"
        assert await caller.code(a_message()) == "94"
        assert await caller.code(a_message(CHECK)) == "00"
        _, found = await caller.get("/control/ledger")
        (row,) = found["pushes"]
        assert (row["times_heard"], row["status_checks"]) == (2, 1)
        assert found["totals"]["amount_kept"] == 50_000
        assert found["next"] is None
        _, by_phone = await caller.get(f"/control/ledger?phone={SOMEBODY}")
        assert len(by_phone["pushes"]) == 1
        assert (await caller.get("/control/ledger?phone=081211112222"))[1]["pushes"] == []
        for query in ("limit=0", "limit=x", "state=gone", "nothing=1"):
            assert (await caller.get(f"/control/ledger?{query}"))[0] == 422

    with_a_caller(run, behaviour="approve")


def test_the_scenario_changes_and_the_reset_restores_it() -> None:
    async def run(caller: Caller) -> None:
        status, found = await caller.post("/control/scenario", {"behaviour": "61"})
        assert (status, found["behaviour"], found["window"]) == (200, "61", "1.1s")
        assert await caller.code(a_message(number=1)) == "61"
        status, found = await caller.post("/control/scenario", {"behavior": "61", "nope": 1})
        assert (status, set(found["problems"])) == (422, {"behavior", "nope"})
        held = asyncio.create_task(caller.send(a_message(number=2, phone="081200000004")))
        await caller.waiting()
        assert (await caller.post("/control/reset"))[0] == 200
        with pytest.raises(aiohttp.ClientConnectionError):
            await held
        assert (await caller.get("/control/ledger"))[1]["totals"]["pushes"] == 0
        assert (await caller.get("/control/scenario"))[1]["behaviour"] == "wait"

    with_a_caller(run)


def test_the_clock_can_be_moved_so_that_nobody_waits() -> None:
    async def run(caller: Caller) -> None:
        held = asyncio.create_task(caller.send(a_message()))
        await caller.waiting()
        status, found = await caller.post("/control/clock", {"advance": "55s"})
        assert (status, found["offset"]) == (200, "55s")
        assert await held == (404, b"")
        assert (await caller.post("/control/clock", {"advance": "8d"}))[0] == 200
        assert await caller.code(a_message(CHECK)) == "54"
        wrongs: list[object] = [{"advance": "-1s"}, {"advance": "9999d"}, {"set": "1s"}, [], None]
        for wrong in wrongs:
            assert (await caller.post("/control/clock", wrong))[0] == 422

    with_a_caller(run, **REAL)


def test_accounts_can_be_added_and_their_keys_are_not_shown() -> None:
    account = {
        "app_id": "other",
        "app_key": "0123456789abcdef" * 4,
        "merchant_id": "2000002",
        "store_code": "OTHER1",
        "tid": "00300002",
        "mid": "0010000000OT001",
    }

    async def run(caller: Caller) -> None:
        status, found = await caller.post("/control/accounts", account)
        assert (status, len(found["accounts"])) == (200, 2)
        assert account["app_key"] not in str(found)
        # The terminal is known now, but it is not this caller's.
        message = a_message(INQUIRY, tid=account["tid"], mid=account["mid"])
        assert await caller.code(message) == "EB"
        assert (await caller.post("/control/accounts", {"app_id": "x"}))[0] == 422

    with_a_caller(run)


def test_magic_health_index_and_malformed_json_are_answered() -> None:
    async def run(caller: Caller) -> None:
        _, magic = await caller.get("/control/magic")
        assert {"phone": "081200000001", "behaviour": "approve", "meaning": "Approved"} in magic[
            "phones"
        ]
        assert (await caller.get("/healthz"))[1] == {"status": "ok"}
        assert (await caller.get("/control/nothing"))[0] == 404
        await caller.send(a_message(phone="081200000001"))
        async with caller.session.get(f"{caller.url}/") as response:
            text = await response.text()
            assert "081200000001" in text  # in the magic table alone
            assert "/open/push-000001" in text
        async with caller.session.get(f"{caller.url}/open/push-000001") as response:
            assert response.url.path == "/phones/081200000001"
        async with caller.session.get(f"{caller.url}/phones?msisdn={SOMEBODY}") as response:
            assert response.url.path == f"/phones/{SOMEBODY}"
        async with caller.session.get(f"{caller.url}/phones/12345") as response:
            assert response.status == 404
        async with caller.session.post(f"{caller.url}/control/scenario", data=b"{") as response:
            assert response.status == 400

    with_a_caller(run)


def own_address() -> str | None:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram socket: nothing is sent
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def test_the_control_api_is_closed_to_other_machines() -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")

    async def run() -> None:
        async with (
            serving(Scenario(), host="0.0.0.0") as running,
            aiohttp.ClientSession() as session,
        ):
            caller = Caller(f"http://{address}:{running.port}", session)
            for path in ("/control/ledger", "/control/magic", "/"):
                async with session.get(caller.url + path) as response:
                    assert response.status == 403
            assert await caller.code(a_message(INQUIRY)) == "00"
            async with session.get(f"{caller.url}/phones/{SOMEBODY}") as response:
                assert response.status == 200

    asyncio.run(run())


def test_hundreds_of_pushes_are_held_open_at_once() -> None:
    async def run(caller: Caller) -> None:
        calls = [
            asyncio.create_task(caller.code(a_message(number=n, phone=f"0821{n:08}")))
            for n in range(1, 501)
        ]
        await caller.until(
            lambda ledger: ledger["totals"]["pushes"] == 500, "/control/ledger?limit=1"
        )
        _, found = await caller.get("/control/pushes?state=waiting")
        assert len(found["pushes"]) == 500
        assert all(push["held"] for push in found["pushes"])
        await caller.post("/control/clock", {"advance": "30s"})
        assert await asyncio.gather(*calls) == ["00"] * 500

    with_a_caller(run, auto_approve="30s", **REAL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_when_it_listens_and_stops_cleanly_on_a_signal(
    number: signal.Signals,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--window", "1.1s"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            ready = process.stdout.readline()
            found = re.fullmatch(r"sandbox ready (http://127\.0\.0\.1:\d+)\n", ready)
            assert found is not None

            async def hold() -> float:
                async with aiohttp.ClientSession() as session:
                    caller = Caller(found[1], session)
                    held = asyncio.create_task(caller.send(a_message(phone="081200000004")))
                    await caller.waiting()
                    process.send_signal(number)
                    started = monotonic()
                    with pytest.raises(aiohttp.ClientConnectionError):
                        await held
                    return started

            started = asyncio.run(hold())
            assert process.wait(timeout=5) == 0
            assert monotonic() - started < 2
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_a_file_may_hold_the_scenario_and_flags_outrank_it(tmp_path: Path) -> None:
    kept = tmp_path / "scenario.json"
    kept.write_text('{"behaviour": "decline", "window": "1.1s", "duplicate_code": "40"}')
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port=0", f"--scenario={kept}", "--duplicate-code=94"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("sandbox ready ").strip()

            async def ask() -> Any:
                async with aiohttp.ClientSession() as session:
                    return (await Caller(url, session).get("/control/scenario"))[1]

            found = asyncio.run(ask())
        finally:
            process.kill()
    assert (found["behaviour"], found["window"], found["duplicate_code"]) == (
        "decline",
        "1.1s",
        "94",
    )


def test_the_help_names_the_published_account_and_the_addresses() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    for word in (DEMO_ACCOUNT.app_id, DEMO_ACCOUNT.mid, DEMO_ACCOUNT.app_key[:32], "/pos"):
        assert word in result.stdout


@pytest.mark.parametrize("flags", [["--window", "80s"], ["--hmac-mode", "x"], ["--window", "soon"]])
def test_a_wrong_flag_is_told_and_nothing_starts(flags: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "sandbox", *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.returncode == 2
    assert flags[0].lstrip("-") in result.stderr
