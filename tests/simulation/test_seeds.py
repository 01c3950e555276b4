"""One seed, one history."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.run import Plan, run

ROOT = Path(__file__).parents[3]
SEED = 9
"""Two workers, crashes, odd customers, outages: much that could depend on an order."""


def told(seed: int, hash_seed: str, tmp_path: Path) -> bytes:
    """The story as a fresh process tells it, in another folder."""
    arguments = ["--seed", str(seed), "--payments", "12", "--days", "0.5", "--story"]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "simulation", *arguments]
    return subprocess.run(
        command, capture_output=True, check=True, env=environment, cwd=tmp_path
    ).stdout


def test_one_seed_has_one_history_byte_for_byte(tmp_path: Path) -> None:
    here = [run(Plan(SEED, payments=12, days=0.5), telling=True) for _ in range(2)]
    assert here[0] == here[1]
    assert len(here[0].story) > 100
    written = "".join(f"{line}\n" for line in here[0].story).encode()
    assert told(SEED, "1", tmp_path) == written
    assert told(SEED, "4711", tmp_path) == written


def test_another_seed_has_another_history() -> None:
    stories = {run(Plan(seed, payments=5), telling=True).story for seed in range(1, 6)}
    assert len(stories) == 5


@pytest.mark.parametrize("seed", [3, 16])
def test_telling_changes_nothing(seed: int) -> None:
    plan = Plan(seed, payments=10)
    silent, telling = run(plan), run(plan, telling=True)
    assert (silent.payments, silent.steps) == (telling.payments, telling.steps)
    assert silent.story == ()


def test_a_plan_can_leave_out_payments_accidents_and_faults() -> None:
    assert run(Plan(12, payments=20, only=frozenset({3}), calmed=frozenset({"second_order"}))
               ).payments == 1  # fmt: skip
    calm = Plan(9, calmed=frozenset({"crash", "pause"}), accidents=0)
    story = "\n".join(run(calm, telling=True).story)
    assert "killed" not in story
    assert "stands still" not in story
    assert "is away" not in story
