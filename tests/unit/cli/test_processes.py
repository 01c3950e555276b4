"""The processes are started, and their exit codes handed on."""

from pathlib import Path

import pytest

from tests.unit.cli.builders import House

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["up", "demo", "serve", "worker"])
@pytest.mark.parametrize("exit_code", [0, 1, 3])
def test_a_process_ends_the_command_with_its_exit_code(
    house: House, name: str, exit_code: int
) -> None:
    house.exit_code = exit_code
    assert house.run(name).exit_code == exit_code
    assert house.called == [name]


def test_the_sandbox_gets_its_arguments_as_they_are(house: House) -> None:
    assert house.run("sandbox", "--port", "9", "--", "--help").exit_code == 0
    assert house.called == [("sandbox", "--port", "9", "--help")]


def test_the_simulation_gets_its_arguments_as_they_are(house: House) -> None:
    house.exit_code = 1
    assert house.run("simulate", "--seeds", "1-9", "--json", "--", "--help").exit_code == 1
    assert house.called == [("simulate", "--seeds", "1-9", "--json", "--help")]


def test_a_process_takes_no_arguments(house: House) -> None:
    assert house.run("up", "now").exit_code == 2
    assert house.called == []
