"""The customer, the clocks and the accidents of the real sandbox process, over a real wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.wire import uptime
from application.ports import Charge, ProviderUnavailable
from domain.outcome import Outcome, Unknown
from tests.integration.ovo.sandbox_process import (
    APPROVE,
    SHORT,
    SOMEBODY,
    Call,
    Sandbox,
    asked,
    every_call,
    fresh,
    gateways,
    run,
    said,
    word,
)


@asynccontextmanager
async def held(gateway: OvoGateway, charge: Charge) -> AsyncIterator["asyncio.Task[Outcome]"]:
    call = asyncio.create_task(gateway.push(charge))
    try:
        yield call
    finally:
        call.cancel()


@pytest.mark.parametrize(
    ("tap", "to_push", "to_check"),
    [
        ("approve", "approved 00", "approved 00"),
        ("decline", "declined 17", "declined 17"),
        ("ignore", "unknown empty_404", "unknown not_found 25"),
        ("drop", "unknown cut", "approved 00"),
    ],
)
def test_what_the_customer_does(sandbox: Sandbox, tap: str, to_push: str, to_check: str) -> None:
    async def main() -> None:
        async with gateways(sandbox) as (gateway, _):
            charge = fresh()
            async with held(gateway, charge) as call:
                await sandbox.waiting()
                assert word(await gateway.check(charge)) == "unknown pending 68"
                assert word(await gateway.check_void(charge)) == "unknown not_found 25"
                await sandbox.tap(tap)
                assert word(await call) == to_push
            assert word(await gateway.check(charge)) == to_check

    run(main())


def test_reversing_what_waits_takes_it_off_the_phone(sandbox: Sandbox) -> None:
    async def main() -> None:
        async with gateways(sandbox) as (gateway, _):
            charge = fresh()
            async with held(gateway, charge) as call:
                await sandbox.waiting()
                assert word(await gateway.reverse(charge)) == "approved 00"
                assert word(await call) == "unknown empty_404"
            assert word(await gateway.check(charge)) == "unknown reversed 73"

    run(main())
    assert sandbox.states() == ["reversed"]


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        ("25", "unknown not_found 25"),
        ("17", "declined 17"),
        ("26", "declined 26"),
        ("40", "unknown unheard_of 40 alarm"),
        ("68", "unknown pending 68"),
    ],
)
def test_a_window_that_ends_is_an_empty_404_with_its_age(
    sandbox: Sandbox, ended: str, told: str
) -> None:
    sandbox.scenario(**SHORT, ended_check_code=ended)

    async def main() -> None:
        async with gateways(sandbox) as (gateway, _):
            charge, began = fresh(), uptime()
            outcome = await gateway.push(charge)
            assert word(outcome) == "unknown empty_404"
            assert isinstance(outcome, Unknown)
            assert outcome.after is not None
            assert timedelta(seconds=0.35) < outcome.after < uptime() - began
            assert word(await gateway.check(charge)) == told

    run(main())


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        ("081200000007", [*["unknown pending 68"] * 3, "approved 00"]),
        ("081200000008", ["unknown pending 68", *["unknown not_found 25"] * 3]),
        ("081200000009", ["approved 00"] * 4),
        ("081200000010", ["unknown cut", *["unknown not_found 25"] * 2, "approved 00"]),
    ],
    ids=["late68", "late68_unpaid", "last_moment", "missing_checks"],
)
def test_the_wallets_bad_habits(sandbox: Sandbox, phone: str, told: list[str]) -> None:
    sandbox.scenario(**SHORT)
    assert said(sandbox, fresh(phone), OvoGateway.push, *[OvoGateway.check] * 3) == told


def test_paid_but_the_answer_was_lost_then_a_stubborn_reversal(sandbox: Sandbox) -> None:
    calls = [OvoGateway.push, *[OvoGateway.reverse] * 3, OvoGateway.check]
    assert said(sandbox, fresh("081200000011"), *calls) == [
        "unknown cut",
        "unknown empty_404",
        "unknown empty_404",
        "approved 00",
        "unknown reversed 73",
    ]


def test_an_answer_that_comes_too_late_is_silence_and_the_check_tells(sandbox: Sandbox) -> None:
    sandbox.scenario(**SHORT)

    async def main() -> None:
        async with gateways(sandbox) as (gateway, impatient):
            charge = fresh("081200000006")
            assert word(await impatient.push(charge)) == "unknown silence"
            assert word(await gateway.check(charge)) == "approved 00"

    run(main())


@every_call
def test_silence_is_silence_whatever_was_asked(sandbox: Sandbox, call: Call) -> None:
    sandbox.scenario(silence=True)

    async def main() -> str:
        async with gateways(sandbox) as (_, impatient):
            return word(await call(impatient, fresh()))

    assert run(main()) == "unknown silence"


@every_call
def test_an_answer_that_travels_too_long_is_silence(sandbox: Sandbox, call: Call) -> None:
    sandbox.scenario(latency="3s", behaviour="approve")

    async def main() -> str:
        async with gateways(sandbox) as (_, impatient):
            return word(await call(impatient, fresh()))

    assert run(main()) == "unknown silence"


LOST = [
    (OvoGateway.push, OvoGateway.check, "approved 00"),
    (OvoGateway.check, OvoGateway.check, "approved 00"),
    (OvoGateway.reverse, OvoGateway.check, "unknown reversed 73"),
    (OvoGateway.void, OvoGateway.check_void, "approved 00"),
    (OvoGateway.check_void, OvoGateway.check_void, "unknown not_found 25"),
]


@pytest.mark.parametrize(("call", "question", "told"), LOST)
def test_a_lost_answer_is_cut_and_the_question_about_it_tells(
    sandbox: Sandbox, call: Call, question: Call, told: str
) -> None:
    charge = fresh(APPROVE)
    if call is not OvoGateway.push:
        assert said(sandbox, charge, OvoGateway.push) == ["approved 00"]
    sandbox.scenario(drop_rate=1)
    assert said(sandbox, charge, call) == ["unknown cut"]
    sandbox.scenario(drop_rate=0)
    assert said(sandbox, charge, question) == [told]


@pytest.mark.parametrize("call", [OvoGateway.reverse, OvoGateway.void])
def test_past_its_deadline_the_money_stays_where_it_is(sandbox: Sandbox, call: Call) -> None:
    charge = fresh(APPROVE)
    assert said(sandbox, charge, OvoGateway.push) == ["approved 00"]
    late = replace(charge, leave_by=uptime() - timedelta(seconds=1))
    assert said(sandbox, late, call) == ["not sent"]
    assert said(sandbox, late, OvoGateway.check, OvoGateway.check_void) == [
        "approved 00",
        "unknown not_found 25",
    ]


@pytest.mark.parametrize("accident", [{"silence": True}, {"drop_rate": 1}, {"latency": "3s"}])
def test_an_inquiry_without_an_answer(sandbox: Sandbox, accident: dict[str, object]) -> None:
    sandbox.scenario(**accident)
    with pytest.raises(ProviderUnavailable):
        asked(sandbox, SOMEBODY, late=True)
