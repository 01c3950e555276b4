"""Worlds with other providers than Push to Pay."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from application.ports import ProviderUnavailable, Received, Verdict
from domain.follow_up import Decision
from simulation.hearing import Mailroom
from simulation.judging import unexplained
from simulation.links import LinkedCustomers
from simulation.loop import WorldLoop
from simulation.mixing import OFFERED, PROVIDERS, drawn
from simulation.run import Plan, run
from simulation.switches import NOTHING_WRONG, Switches
from simulation.switches import drawn as switches_of
from simulation.world import World
from tests.builders import NOON, a_doubt, a_payment

ROOT = Path(__file__).parents[2]
MIXED_SEEDS = (3, 6, 17, 25, 27, 33)
"""Half of a world's faults each, and all of the providers among them."""


def calm(provider: str, **switches: object) -> Plan:
    """A world of one provider in which nothing goes wrong but this."""
    forced = (*NOTHING_WRONG, *switches.items())
    return Plan(5, payments=6, providers=(provider,), forced=forced, accidents=0)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """What became of each notification, by its kind and verdict."""
    seen: Counter[tuple[str, str]] = Counter()
    judge = Mailroom.judge

    def noted(self: Mailroom, received: Received) -> None:
        if received.verdict is not None:
            seen[self.kinds[received.notice.id], received.verdict.value] += 1
        judge(self, received)

    monkeypatch.setattr(Mailroom, "judge", noted)
    return seen


@pytest.mark.parametrize("provider", OFFERED)
def test_payments_of_a_provider_end_in_a_world_in_which_nothing_goes_wrong(provider: str) -> None:
    outcome = run(calm(provider), telling=True)
    assert outcome.found == ()
    story = "\n".join(outcome.story)
    assert f" at {provider}" in story
    assert story.count("payment.succeeded") >= 3


def test_a_scanned_code_is_paid_by_its_notification(heard: Counter[tuple[str, str]]) -> None:
    outcome = run(calm("ovo_qris"))
    assert outcome.found == ()
    assert heard[("true", Verdict.BELIEVED.value)] >= 4
    assert heard.total() == heard[("true", Verdict.BELIEVED.value)]


def test_a_notification_that_comes_twice_is_known(heard: Counter[tuple[str, str]]) -> None:
    assert run(calm("ovo_qris", notice_twice=1.0)).found == ()
    assert heard[("true", Verdict.KNOWN.value)] >= heard[("true", Verdict.BELIEVED.value)] >= 4


@pytest.mark.parametrize("provider", ["ovo_qris", "midtrans", "xendit", "doku"])
def test_what_is_forged_is_never_believed(provider: str, heard: Counter[tuple[str, str]]) -> None:
    forced = (*NOTHING_WRONG, ("notice_forged", 1.0))
    plan = Plan(5, payments=25, providers=(provider,), forced=forced, accidents=0)
    assert run(plan).found == ()
    forged = {kind for kind, _ in heard if kind != "true"}
    assert {"wrong_key", "wrong_amount", "other_merchant"} <= forged
    assert not any(heard[kind, Verdict.BELIEVED.value] for kind in forged)
    assert heard["wrong_key", Verdict.REFUSED.value] >= 1


def test_what_is_lost_is_found_by_asking(heard: Counter[tuple[str, str]]) -> None:
    outcome = run(calm("ovo_qris", notice_lost=1.0), telling=True)
    assert outcome.found == ()
    assert heard.total() == 0
    assert "\n".join(outcome.story).count("payment.succeeded") >= 4


@pytest.mark.parametrize("seed", MIXED_SEEDS)
def test_mixed_worlds_hold(seed: int) -> None:
    plan = Plan(seed, payments=15)
    assert len(plan.shares) > 1
    assert run(plan).found == ()


def test_half_of_the_worlds_have_several_providers_and_all_are_drawn() -> None:
    shares = [Plan(seed).shares for seed in range(1, 201)]
    mixed = [share for share in shares if set(share) != {"ovo"}]
    assert 70 < len(mixed) < 130
    assert set().union(*mixed) == set(PROVIDERS)
    assert {name for seed in MIXED_SEEDS for name in Plan(seed).shares} == set(PROVIDERS)


def test_without_the_switch_a_world_is_of_push_to_pay_alone() -> None:
    assert list(drawn(1, Switches())) == ["ovo"]
    assert set(drawn(3, Switches(mixed=True))) == {"ovo", "ovo_qris", "midtrans"}
    assert switches_of(3).mixed


def test_a_mixed_world_has_one_history_byte_for_byte(tmp_path: Path) -> None:
    here = run(Plan(6, payments=8, days=0.3), telling=True)
    written = "".join(f"{line}\n" for line in here.story).encode()
    arguments = ["--seed", "6", "--payments", "8", "--days", "0.3", "--story"]
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-m", "simulation", *arguments],
        capture_output=True, check=True, env=environment, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert told == written


@pytest.mark.parametrize(("returned", "explained"), [(0, True), (50_000, True), (60_000, False)])
def test_what_was_canceled_may_have_been_given_back(returned: int, *, explained: bool) -> None:
    attempt = a_payment(a_doubt()).attempts[-1]
    decided = Decision(1, attempt.claimed)
    canceled = replace(attempt, follow_up=replace(attempt.follow_up, reversals=(decided,)))
    told = unexplained(canceled, (), amount=50_000, returned=returned)
    assert (told is None) is explained


def test_what_nobody_decided_is_not_given_back() -> None:
    attempt = a_payment(a_doubt()).attempts[-1]
    told = unexplained(attempt, (), amount=50_000, returned=50_000)
    assert told == "50000 rupiah went back, 0 are told, 0 are open"


def test_who_cannot_link_pays_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: LinkedCustomers, customer: int) -> None:
        raise ProviderUnavailable

    monkeypatch.setattr(LinkedCustomers, "_linked", away)
    outcome = run(calm("ovo_snap"), telling=True)
    story = "\n".join(outcome.story)
    assert outcome.found == ()
    assert " at ovo_snap" not in story
    assert story.count("payment.succeeded") >= 3


def test_a_link_that_is_not_made_at_once_is_not_made() -> None:
    customers = LinkedCustomers.__new__(LinkedCustomers)
    customers._loop = WorldLoop.of(World(NOON), lambda step: step())
    with pytest.raises(ProviderUnavailable):
        customers._asked(asyncio.sleep(1))
