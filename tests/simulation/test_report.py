"""A long run that is cut tells what it proved, and goes on from there."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from domain import settling
from simulation.__main__ import CUT, main
from simulation.native.sources import ROOT
from tests.simulation.broken import hasty

PATIENCE = 60.0
"""Seconds for a first report."""


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--jobs", "1"])


def test_a_run_that_was_cut_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.json", tmp_path / "cut.json"
    asked = ("--seeds", "1-4", "--payments", "3", "--histories")
    assert simulate(*asked, "--report", str(whole)).exit_code == 0
    complete = json.loads(whole.read_bytes())
    assert (complete["worlds"], complete["finished"]) == (4, True)
    assert len(complete["histories"]) == 64

    half = ("--seeds", "1-2", "--payments", "3", "--histories", "--report", str(cut))
    assert simulate(*half).exit_code == 0
    told = json.loads(cut.read_bytes())
    told["asked"]["seeds"] = [1, 4]  # as if the other two worlds had still been to come
    cut.write_text(json.dumps(told))
    assert simulate(*asked, "--report", str(cut)).exit_code == 0
    continued = json.loads(cut.read_bytes())
    for name in ("worlds", "payments", "steps", "histories", "finished", "breaches"):
        assert continued[name] == complete[name], name


def test_breaches_of_the_first_part_are_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "doubt", hasty)
    file = tmp_path / "report.json"
    asked = ("--seeds", "3-3", "--payments", "40", "--report", str(file), "--json")
    first = simulate(*asked)
    assert first.exit_code == 1
    again = simulate(*asked)
    assert again.exit_code == 1
    assert json.loads(again.output)["breaches"] == json.loads(first.output)["breaches"] != []


@pytest.mark.parametrize(
    ("text", "says"),
    [("{}", "no report"), ("nonsense", "no report"), ('{"asked": {}}', "a run with other sources")],
)
def test_another_run_is_not_continued(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    result = simulate("--seeds", "1-2", "--payments", "2", "--report", str(file))
    assert result.exit_code == 2
    assert says in result.output
    assert file.read_text() == text


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupted_run_tells_what_it_proved(tmp_path: Path, jobs: str) -> None:
    file = tmp_path / "report.json"
    often = "import simulation.__main__ as it; it.REPORT_EVERY = 0.1; it.main()"
    command = [
        sys.executable, "-P", "-c", often, "--seeds", "1-100000", "--payments", "3",
        "--jobs", jobs, "--report", str(file),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}
    )
    until = time.monotonic() + PATIENCE
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == CUT
    assert "Interrupted after" in output
    assert "Every invariant held." in output
    told = json.loads(file.read_bytes())
    assert told["finished"] is False
    assert told["worlds"] > 0
