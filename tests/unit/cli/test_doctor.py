"""What the doctor says, and how it ends."""

import json
from dataclasses import replace

import pytest

from adapters.inbound.cli.tools import Finding, Verdict
from application.ports import StoreUnavailable
from tests.unit.cli.builders import House

GOOD = Finding("store", Verdict.GOOD, "opens and is up to date")
WARNING = Finding("clock", Verdict.WARNING, "is 2 s behind", "start chrony")
BAD = Finding("worker", Verdict.BAD, "no sign of life for 60 s", "start `lunas worker`")


def test_warnings_are_no_failure(house: House) -> None:
    house.findings = [GOOD, WARNING]
    result = house.run("doctor")
    assert result.exit_code == 0
    assert "✓ good" in result.stdout
    assert "! warning" in result.stdout
    assert "start chrony" in result.stdout


def test_a_bad_finding_fails_and_says_what_to_do(house: House) -> None:
    house.findings = [GOOD, BAD]
    result = house.run("doctor")
    assert result.exit_code == 1
    assert "✗ bad" in result.stdout
    assert "start `lunas worker`" in result.stdout


def test_without_a_terminal_it_is_plain(house: House) -> None:
    house.findings = [replace(BAD, text="x" * 300)]
    lines = house.run("doctor").stdout.splitlines()
    assert "\x1b" not in "".join(lines)
    assert len(lines) == 3


@pytest.mark.parametrize(("findings", "exit_code"), [([GOOD], 0), ([WARNING, BAD], 1)])
def test_json_tells_the_same(house: House, findings: list[Finding], exit_code: int) -> None:
    house.findings = findings
    result = house.run("doctor", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == exit_code
    assert told["ok"] is (exit_code == 0)
    assert [f["verdict"] for f in told["findings"]] == [f.verdict.value for f in findings]
    assert set(told["findings"][0]) == {"about", "verdict", "text", "fix"}


@pytest.mark.parametrize("restored", [False, True])
def test_restored_is_handed_on(house: House, restored: bool) -> None:
    house.run("doctor", *(["--restored"] if restored else []))
    assert house.called == [("doctor", restored)]


def test_a_store_that_cannot_be_opened_is_4(house: House) -> None:
    house.trouble = StoreUnavailable("the file is locked")
    result = house.run("doctor")
    assert result.exit_code == 4
    assert "the file is locked" in result.stderr
