"""What the sandbox's gateways tell by themselves, as our readers judge it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.gateways.sandbox_process import (
    GATES,
    Gate,
    a_desk,
    a_postbox,
    body_of,
    run,
)
from tests.integration.ovo.sandbox_process import Sandbox
from tests.unit.gateways.builders import word

every = pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)


def judged(sandbox: Sandbox, gate: Gate, **scenario: object) -> list[tuple[bool, str]]:
    """Of each notification of a paid charge: whether it is theirs, and what it says."""

    async def main() -> list[tuple[bool, str]]:
        async with a_desk(gate, sandbox) as desk, a_postbox(gate.name) as box:
            await desk.scenario(notify_url=box.url, notified_after="0.3s", **scenario)
            charge = await desk.paid()
            found: list[tuple[bool, str]] = []
            for _ in range(500):
                told = [n for n in box.notices if gate.reader.names(n)]
                found = []
                for notice in told:
                    assert gate.reader.names(notice) == charge.references.unique
                    refusal = gate.reader.refusal(notice, desk.account, datetime.now(UTC))
                    said = word(gate.reader.read(notice, charge))
                    found.append((refusal is None, said.split()[0]))
                if (True, "approved") in found:
                    await asyncio.sleep(0.3)  # what was to come beside it has come too
                    if len(told) == len([n for n in box.notices if gate.reader.names(n)]):
                        return found
                await asyncio.sleep(0.02)
            raise AssertionError(f"no success was told: {found}")

    return run(main())


@every
def test_a_success_is_told_signed_and_matches(sandbox: Sandbox, gate: Gate) -> None:
    found = judged(sandbox, gate)
    assert (True, "approved") in found
    assert all(genuine for genuine, _ in found)


FORGERIES = ["wrong_key", "changed_byte", "wrong_amount", "other_merchant"]


@every
@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forgery_is_believed(sandbox: Sandbox, gate: Gate, forgery: str) -> None:
    found = judged(sandbox, gate, forgeries=[forgery])
    believed = [said for genuine, said in found if genuine]
    assert believed.count("approved") == 1
    assert len(found) > len([said for said in believed if said != "unknown"])


@every
def test_the_same_told_twice_has_one_key(sandbox: Sandbox, gate: Gate) -> None:
    async def main() -> None:
        async with a_desk(gate, sandbox) as desk, a_postbox(gate.name) as box:
            await desk.scenario(notify_url=box.url, notifications="twice")
            charge = await desk.paid()
            for _ in range(500):
                good = [
                    gate.reader.key(notice)
                    for notice in box.notices
                    if word(gate.reader.read(notice, charge)).startswith("approved")
                ]
                if len(good) >= 2:
                    break
                await asyncio.sleep(0.02)
            assert len(good) >= 2
            assert len(set(good)) == 1

    run(main())


@every
def test_a_genuine_one_is_not_another_accounts_and_not_for_another_body(
    sandbox: Sandbox, gate: Gate
) -> None:
    async def main() -> None:
        async with a_desk(gate, sandbox) as desk, a_postbox(gate.name) as box:
            await desk.scenario(notify_url=box.url)
            charge = await desk.paid()
            notice = (await box.until(1))[0]
            now = datetime.now(UTC)
            assert gate.reader.refusal(notice, desk.account, now) is None
            if "doku" in gate.name:
                late = now + timedelta(minutes=6)
                assert gate.reader.refusal(notice, desk.account, late) is not None
            assert body_of(notice)
            other = desk.charge()
            said = word(gate.reader.read(notice, other))
            assert not said.startswith(("approved", "declined")), said
            assert charge.references != other.references

    run(main())
