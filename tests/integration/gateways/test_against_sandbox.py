"""The gateways against the sandbox's: charged, approved, refused, lost, late, twice, given back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown
from tests.integration.gateways.sandbox_process import (
    DOKU,
    GATES,
    MIDTRANS,
    XENDIT,
    Desk,
    Gate,
    a_desk,
    run,
)
from tests.integration.ovo.sandbox_process import Sandbox
from tests.unit.gateways.builders import REFUND, word

every = pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
ASYNCHRONOUS = [gate for gate in GATES if not gate.holds]
Story = Callable[[Desk], Awaitable[list[str]]]


def told(sandbox: Sandbox, gate: Gate, story: Story) -> list[str]:
    async def main() -> list[str]:
        async with a_desk(gate, sandbox) as desk:
            return await story(desk)

    return run(main())


PAID = {
    "midtrans": "approved settlement",
    "xendit": "approved SUCCEEDED",
    "doku": "approved SUCCESS",
}
NOBODYS = {
    "midtrans": "unknown not_found 404",
    "xendit": "unknown not_found not listed",
    "doku": "unknown not_found data_not_found",
}


@every
def test_charged_approved_and_asked_about(sandbox: Sandbox, gate: Gate) -> None:
    async def story(desk: Desk) -> list[str]:
        charge = desk.charge()
        tap = asyncio.create_task(desk.tap(charge, "approve"))
        pushed = await desk.gateway.push(charge)
        await tap
        await desk.row(charge, "paid")
        if gate.holds:
            assert isinstance(pushed, Approved)
        else:
            assert isinstance(pushed, Accepted)
            assert pushed.handle
            charge = replace(charge, handle=pushed.handle)
        by_handle = await desk.gateway.check(charge)
        by_reference = await desk.gateway.check(replace(charge, handle={}))
        assert isinstance(by_handle, Approved)
        assert isinstance(by_reference, Approved)
        assert by_handle.evidence == by_reference.evidence is not None
        if isinstance(pushed, Approved):
            assert pushed.evidence == by_handle.evidence
        return [word(by_handle)]

    assert told(sandbox, gate, story) == [PAID[gate.name]]


def test_midtrans_says_until_when_the_customer_can_pay(sandbox: Sandbox) -> None:
    async def story(desk: Desk) -> list[str]:
        charge = desk.charge()
        pushed = await desk.gateway.push(charge)
        assert isinstance(pushed, Accepted)
        assert pushed.ends_at is not None
        assert timedelta(seconds=60) < pushed.ends_at - charge.claimed_at < timedelta(seconds=70)
        return [word(pushed), word(await desk.gateway.check(charge))]

    assert told(sandbox, MIDTRANS, story) == ["accepted 201", "accepted 201"]


REFUSALS = {
    # what the customer does: said to a question by Midtrans, Xendit, DOKU
    "decline": (
        "declined deny 17 declined_by_customer",
        "declined FAILED USER_DECLINED_PAYMENT declined_by_customer",
    ),
    "insufficient": (
        "declined deny 51 insufficient_balance",
        "declined FAILED INSUFFICIENT_BALANCE insufficient_balance",
    ),
    "blocked": (
        "declined deny 56 account_blocked final",
        "declined FAILED ACCOUNT_ACCESS_BLOCKED account_blocked final",
    ),
    "limit": (
        "declined deny 61 limit_exceeded",
        "declined FAILED MAXIMUM_LIMIT_REACHED limit_exceeded",
    ),
    "unreachable": (
        "declined deny 26 push_not_shown",
        "declined FAILED USER_UNREACHABLE push_not_shown",
    ),
    "failed": ("unknown not_found deny 40", "unknown not_found FAILED CHANNEL_UNAVAILABLE"),
}


@every
@pytest.mark.parametrize("customer", REFUSALS)
def test_what_a_customer_cannot_or_will_not_do(sandbox: Sandbox, gate: Gate, customer: str) -> None:
    async def story(desk: Desk) -> list[str]:
        await desk.scenario(customer=customer)
        charge = desk.charge()
        pushed = word(await desk.gateway.push(charge))
        await desk.row(charge, "failed")
        return [pushed.split()[0], word(await desk.gateway.check(charge))]

    said = {"midtrans": 0, "xendit": 1}
    if gate.holds:  # its FAILED is final in no word
        assert told(sandbox, gate, story) == ["unknown", "unknown not_found FAILED"]
    else:
        assert told(sandbox, gate, story) == ["accepted", REFUSALS[customer][said[gate.name]]]


def test_a_phone_without_a_wallet_is_refused_at_once_by_midtrans(sandbox: Sandbox) -> None:
    async def story(desk: Desk) -> list[str]:
        await desk.scenario(customer="unknown_phone")
        return [word(await desk.gateway.push(desk.charge()))]

    assert told(sandbox, MIDTRANS, story) == ["declined 404 phone_not_registered"]


@every
def test_an_answer_that_was_lost_is_found_by_our_reference(sandbox: Sandbox, gate: Gate) -> None:
    async def story(desk: Desk) -> list[str]:
        await desk.scenario(answers={"charge": {"how": "lost", "times": 1}})
        charge = desk.charge()
        tap = asyncio.create_task(desk.tap(charge, "approve"))
        pushed = word(await desk.gateway.push(charge))
        await tap
        await desk.row(charge, "paid")
        return [pushed, word(await desk.gateway.check(charge))]

    assert told(sandbox, gate, story) == ["unknown cut", PAID[gate.name]]


@every
def test_a_charge_that_never_arrived_is_found_by_nobody(sandbox: Sandbox, gate: Gate) -> None:
    async def story(desk: Desk) -> list[str]:
        await desk.scenario(answers={"charge": {"how": "unheard", "times": 1}})
        charge = desk.charge()
        return [word(await call(charge)) for call in (desk.gateway.push, desk.gateway.check)]

    assert told(sandbox, gate, story) == ["unknown cut", NOBODYS[gate.name]]


@every
@pytest.mark.parametrize("how", ["hang", "502"])
def test_no_answer_and_a_page_of_html_prove_nothing(sandbox: Sandbox, gate: Gate, how: str) -> None:
    async def story(desk: Desk) -> list[str]:
        await desk.scenario(customer="approve", answers={"charge": {"how": how, "times": 1}})
        charge = desk.charge()
        pushed = word(await desk.impatient.push(charge))
        return [pushed, word(await desk.gateway.check(charge))]

    assert told(sandbox, gate, story) == (
        ["unknown silence", NOBODYS[gate.name]]
        if how == "hang"
        else ["unknown garbage", PAID[gate.name]]
    )


@every
def test_the_same_reference_again_is_never_called_failed_and_charges_once(
    sandbox: Sandbox, gate: Gate
) -> None:
    async def story(desk: Desk) -> list[str]:
        paid = await desk.paid()
        again = await desk.gateway.push(paid)
        row = await desk.row(paid, "paid")
        assert isinstance(again, Unknown)
        assert again.doubt is Doubt.DUPLICATE
        assert row["amount"] == 50_000
        return [word(await desk.gateway.check(paid))]

    assert told(sandbox, gate, story) == [PAID[gate.name]]


@every
def test_a_request_that_arrives_twice_charges_once(sandbox: Sandbox, gate: Gate) -> None:
    async def story(desk: Desk) -> list[str]:
        await desk.scenario(answers={"charge": {"how": "twice", "times": 1}})
        charge = desk.charge()
        tap = asyncio.create_task(desk.tap(charge, "approve"))
        pushed = await desk.impatient.push(charge)
        await tap
        await desk.row(charge, "paid")
        assert len(await desk.rows(charge)) == 1
        assert not isinstance(pushed, Declined | NotSent)
        return [word(await desk.gateway.check(charge))]

    assert told(sandbox, gate, story) == [PAID[gate.name]]


ENDED = {
    "midtrans": "unknown not_found expire 68",
    "xendit": "unknown not_found FAILED USER_DID_NOT_AUTHORIZE_THE_REQUEST",
    "doku": "unknown pending TIMEOUT",
}


@every
def test_an_ignored_charge_ends_by_the_books_and_may_still_be_paid_late(
    sandbox: Sandbox, gate: Gate
) -> None:
    async def story(desk: Desk) -> list[str]:
        await desk.scenario(customer="after_window", window="0.3s", late_by="1s")
        charge = desk.charge()
        await desk.gateway.push(charge)
        await desk.row(charge, "expired")
        ended = word(await desk.gateway.check(charge))
        await desk.row(charge, "paid")
        return [ended, word(await desk.gateway.check(charge))]

    assert told(sandbox, gate, story) == [ENDED[gate.name], PAID[gate.name]]


@every
def test_a_rotated_key_stops_the_account_and_never_speaks_of_a_paid_charge(
    sandbox: Sandbox, gate: Gate
) -> None:
    async def story(desk: Desk) -> list[str]:
        paid = await desk.paid()
        rotated = dict.fromkeys(paid.account.credentials, "rotated")
        blind = replace(paid, account=replace(paid.account, credentials=rotated))
        fresh = replace(desk.charge(), account=blind.account)
        checked = await desk.gateway.check(blind)
        assert isinstance(checked, Unknown)
        assert checked.stops_account
        pushed = await desk.gateway.push(fresh)
        assert getattr(pushed, "stops_account", False)
        return [word(await desk.gateway.check(fresh)).split()[0]]

    assert told(sandbox, gate, story) == ["unknown"]


# -- given back -----------------------------------------------------------------------------------


def test_midtrans_refunds_a_part_and_the_same_key_is_the_same_refund(sandbox: Sandbox) -> None:
    async def story(desk: Desk) -> list[str]:
        paid = await desk.paid()
        before = word(await desk.gateway.check_refund(paid, REFUND))
        made = [word(await desk.gateway.refund(paid, REFUND)) for _ in range(2)]
        row = (await desk.rows(paid))[0]
        assert row["amount_returned"] == 20_000
        return [before, *made]

    expected = ["unknown not_found 200", "approved 200", "approved 200"]
    assert told(sandbox, MIDTRANS, story) == expected


VOIDED = {
    # before, the void, after, a second void
    "xendit": ("unknown not_found SUCCEEDED", "approved VOIDED SUCCEEDED"),
    "doku": ("unknown not_found SUCCESS", "approved SUCCESS 00"),
}


@pytest.mark.parametrize("gate", [XENDIT, DOKU], ids=lambda gate: gate.name)
def test_a_paid_charge_is_voided_on_its_day(sandbox: Sandbox, gate: Gate) -> None:
    async def story(desk: Desk) -> list[str]:
        paid = await desk.paid()
        before = word(await desk.gateway.check_void(paid))
        made = word(await desk.gateway.void(paid))
        after = await desk.gateway.check_void(paid)
        assert isinstance(after, Approved)
        assert word(await desk.gateway.check(paid)).startswith("unknown reversed")
        return [before, made]

    assert tuple(told(sandbox, gate, story)) == VOIDED[gate.name]


@pytest.mark.parametrize("gate", [XENDIT, DOKU], ids=lambda gate: gate.name)
@pytest.mark.parametrize(("how", "made"), [("lost", True), ("unheard", False)])
def test_a_void_whose_answer_was_lost_is_asked_about(
    sandbox: Sandbox, gate: Gate, how: str, made: bool
) -> None:
    async def story(desk: Desk) -> list[str]:
        paid = await desk.paid()
        await desk.scenario(answers={"void": {"how": how, "times": 1}})
        sent: Outcome = await desk.gateway.void(paid)
        checked = await desk.gateway.check_void(paid)
        assert isinstance(checked, Approved) is made
        return [word(sent)]

    assert told(sandbox, gate, story) == ["unknown cut"]
