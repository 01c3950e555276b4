"""`lunas migrate`: bring the store to the form that this version needs."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.exits import Verb
from adapters.inbound.cli.show import say, show_json, text_of
from adapters.inbound.cli.store import told
from adapters.inbound.cli.tools import Tools


@click.command(cls=Verb)
@exits.dry_run
@exits.as_json
@click.pass_obj
def migrate(tools: Tools, *, dry_run: bool, as_json: bool) -> None:
    """Bring the store to the form that this version needs; it says first what that takes."""
    with told():
        if not dry_run and not as_json:
            for step in tools.migrate(True):
                say(f"to do: {text_of(step)}")
        steps = tools.migrate(dry_run)
    if as_json:
        show_json({"dry_run": dry_run, "steps": list(steps)})
        return
    for step in steps:
        say(f"{'would do' if dry_run else 'done'}: {text_of(step)}")
    if not steps:
        say("Nothing to do: the store is up to date.")
