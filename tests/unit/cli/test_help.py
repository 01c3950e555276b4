"""The help, the reference in docs, and how quickly both can be had."""

from collections.abc import Iterator
from pathlib import Path

import click

from adapters.inbound.cli.exits import Exit
from adapters.inbound.cli.main import cli
from tests.unit.cases import for_each
from tests.unit.cli.builders import API_KEY, SANDBOX_SECRET, House

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "cli.md"


def _commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from _commands(command, *above, name)


COMMANDS = sorted(_commands(cli))
PROCESSES = {"up", "demo", "serve", "worker", "sandbox", "simulate"}


@for_each("path", [(), *COMMANDS])
def test_every_help_lists_the_exit_codes(house: House, path: tuple[str, ...]) -> None:
    result = house.run(*path, "--help")
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    for code in Exit:
        assert f"{code.value} " in told.partition("Exit codes:")[2]
    assert house.called == []


@for_each("path", COMMANDS)
def test_every_command_is_in_the_reference(path: tuple[str, ...]) -> None:
    assert f"`lunas {' '.join(path)}" in REFERENCE.read_text(encoding="utf-8")


@for_each("path", COMMANDS)
def test_every_option_is_in_the_reference(path: tuple[str, ...]) -> None:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    text = REFERENCE.read_text(encoding="utf-8")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[-1] in text


def test_everything_that_answers_can_answer_in_json() -> None:
    for path in COMMANDS:
        command: click.Command = cli
        for name in path:
            assert isinstance(command, click.Group)
            command = command.commands[name]
        if isinstance(command, click.Group) or path[0] in PROCESSES:
            continue
        assert any("--json" in parameter.opts for parameter in command.params), path


def test_the_exit_codes_are_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for code in Exit:
        assert f"| {code.value} |" in text


def test_an_unknown_command_is_wrong_usage(house: House) -> None:
    assert house.run("pays").exit_code == 2


def test_the_tools_hide_their_secrets(house: House) -> None:
    assert API_KEY not in repr(house.tools())
    assert SANDBOX_SECRET not in repr(house.tools())
