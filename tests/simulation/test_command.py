"""`lunas simulate`."""

import json

import pytest
from click.testing import CliRunner, Result

from domain import settling
from simulation.__main__ import main
from tests.simulation.broken import hasty


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_worlds_that_hold_end_with_0() -> None:
    result = simulate("--seeds", "1-2", "--payments", "3", "--jobs", "1")
    assert result.exit_code == 0
    assert "Every invariant held." in result.output
    assert "payments/s of one core" in result.output


def test_a_breach_ends_with_1_and_the_shortest_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "doubt", hasty)
    result = simulate("--seed", "3", "--payments", "40")
    assert result.exit_code == 1
    assert "what is concluded is not charged" in result.output
    assert "=> invariant 4" in result.output
    assert "Run it again: lunas simulate --seed 3 --payments 40" in result.output


def test_programs_hear_of_it_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("--seed", "3", "--payments", "5", "--providers", "ovo_push", "--json")
    held = json.loads(simulate(*asked).output)
    assert held["payments"] == 5
    assert held["breaches"] == []
    monkeypatch.setattr(settling, "doubt", hasty)
    result = simulate("--seed", "3", "--payments", "40", "--json")
    assert result.exit_code == 1
    breach = json.loads(result.output)["breaches"][0]
    assert (breach["invariant"], breach["first"]["seed"]) == (4, 3)


def test_a_story_tells_everything_and_ends_as_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    told = simulate("--seed", "3", "--payments", "2", "--story")
    assert told.exit_code == 0
    assert "chat      starts" in told.output
    monkeypatch.setattr(settling, "doubt", hasty)
    assert simulate("--seed", "3", "--payments", "40", "--story").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--seed", "1", "--seeds", "1-2"),
        ("--seeds", "3-1"),
        ("--seeds", "x"),
        ("--seeds", "1-2", "--story"),
        ("--seed", "1", "--calm", "nonsense"),
        ("--seed", "1", "--only", "a"),
        ("--seed", "1", "--providers", "ovo_push,nobody"),
    ],
)
def test_what_can_not_be_meant_is_refused(arguments: tuple[str, ...]) -> None:
    assert simulate(*arguments).exit_code == 2
