"""A fixed set of worlds in which everything goes wrong, on every run of the tests.

The command as people have it, and chunks that two workers share; together about 30 seconds.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulation.__main__ import main
from simulation.many import Total, run_timed
from simulation.mixing import OVO
from simulation.native.build import COMPILED, EFFORT
from simulation.run import Plan

LUNAS = Path(sys.executable).with_name("lunas")
PAYMENTS = 30
PATIENCE = 1_800
"""Seconds for a test that may have to compile first."""
IN_A_HURRY = {EFFORT: "0", COMPILED: "domain"}
"""The rules alone are compiled, and not optimized: a whole build, which takes minutes, is proved
where it is made."""


@pytest.mark.parametrize("first", range(1, 61, 10))
def test_every_invariant_holds_in_these_worlds(first: int) -> None:
    total = Total()
    for seed in range(first, first + 10):
        total.add(run_timed(Plan(seed, payments=PAYMENTS)))
    told = [f"seed {outcome.plan.seed}: {outcome.found[0]}" for outcome in total.failing.values()]
    assert told == []
    assert total.payments >= 10 * PAYMENTS


def test_the_command_runs_worlds_on_all_cores(tmp_path: Path) -> None:
    arguments = ["simulate", "--seeds", "61-66", "--payments", "10", "--json"]
    done = subprocess.run(
        [LUNAS, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["worlds"], told["breaches"]) == (6, [])
    assert told["payments"] >= 60


@pytest.mark.parametrize(("seed", "payments"), [(33, 25), (1018, 100)])
def test_a_seed_that_once_failed_holds(seed: int, payments: int) -> None:
    """33: a 40 that a paused worker wrote down late. 1018: a repeat whose write was lost."""
    plan = Plan(seed, payments=payments, providers=(OVO,))
    assert run_timed(plan).outcome.found == ()


NEITHER_AND_COMPILED: tuple[list[str], ...] = ([], ["--compiled"])


@pytest.mark.timeout(PATIENCE)
def test_compiled_worlds_have_the_same_histories(tmp_path: Path) -> None:
    """Where there is a compiler it compiles, unless that was done."""
    asked = ("--seeds", "1-20", "--payments", "12", "--histories", "--json")
    interpreted, compiled = (_simulate(tmp_path, *asked, *more) for more in NEITHER_AND_COMPILED)
    assert (interpreted.returncode, compiled.returncode) == (0, 0), compiled.stderr
    assert "the compiler failed" not in compiled.stderr
    told = [json.loads(done.stdout) for done in (interpreted, compiled)]
    for name in ("worlds", "payments", "steps", "histories"):
        assert told[0][name] == told[1][name], name
    assert len(told[0]["histories"]) == 64
    report = ("--seeds", "1-2", "--payments", "2", "--report", str(tmp_path / "report.json"))
    for more in reversed(NEITHER_AND_COMPILED):  # what one proved of the sources the other goes by
        gone_on = _simulate(tmp_path, *report, *more)
        assert gone_on.returncode == 0, gone_on.stderr


def _simulate(folder: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LUNAS), "simulate", *asked],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env=os.environ | IN_A_HURRY,
    )


@pytest.mark.timeout(PATIENCE)
def test_every_command_of_its_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.S | re.M)
    lines = [line.partition("#")[0].split() for block in blocks for line in block.splitlines()]
    ours = [words[1:] for words in lines if words[0] == "lunas"]
    assert len(ours) > 5
    monkeypatch.chdir(tmp_path)
    for command, *words in ours:
        assert command == "simulate"
        # Fewer and smaller worlds than the page has: each command is tried, not its patience.
        fewer = [re.sub(r"^1-\d+$", "1-2", word) for word in words if word != "--"]
        if not {"--payments", "--help"} & set(fewer):
            fewer += ["--payments", "5"]
        if "--compiled" in fewer:
            done = subprocess.run(
                [LUNAS, "simulate", *fewer],
                capture_output=True,
                text=True,
                check=False,
                env=os.environ | IN_A_HURRY,
            )
            assert done.returncode == 0, (words, done.stdout, done.stderr)
        else:
            told = CliRunner().invoke(main, [*fewer, "--jobs", "1"])
            assert told.exit_code == 0, (words, told.output)
