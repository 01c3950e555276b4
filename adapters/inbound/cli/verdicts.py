"""Who decides, why, and by which evidence: the options that operators' commands share."""

from collections.abc import Callable

import click

from adapters.inbound.cli.exits import AnyFunction, Misused
from adapters.inbound.cli.tools import Tools

LONGEST_STATEMENT = 500
LONGEST_NAME = 64


Checked = Callable[[click.Context, click.Parameter, str | None], str | None]


def _statement(longest: int) -> Checked:
    """A click callback that lets one line of words through."""

    def checked(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
        if value is None or (value.strip() and len(value) <= longest and value.isprintable()):
            return value
        raise click.BadParameter(f"must be one line of 1 to {longest} characters")

    return checked


_TEXT = _statement(LONGEST_STATEMENT)


def actor_option(command: AnyFunction) -> AnyFunction:
    """The option `--actor`; without it LUNAS_ACTOR, then the user of this machine."""
    option = click.option(
        "--actor",
        callback=_statement(LONGEST_NAME),
        metavar="NAME",
        help="Who decides; LUNAS_ACTOR, else the user of this machine.",
    )
    return option(command)


def reason_option(command: AnyFunction) -> AnyFunction:
    """The option `--reason`, which is always asked for."""
    option = click.option(
        "--reason", required=True, callback=_TEXT, metavar="TEXT", help="Why; the history keeps it."
    )
    return option(command)


def evidence_option(*, required: bool) -> Callable[[AnyFunction], AnyFunction]:
    """The option `--evidence`."""
    return click.option(
        "--evidence",
        required=required,
        callback=_TEXT,
        metavar="TEXT",
        help="By what it is known: a slip, a statement, a line of the settlement file.",
    )


def acting(tools: Tools, actor: str | None) -> str:
    """Who acts; raises Misused where nobody can be named."""
    named = actor or tools.actor
    if not named:
        raise Misused("say who decides: --actor NAME, or LUNAS_ACTOR")
    return named[:LONGEST_NAME]
