"""`lunas copy`: the house moves from one store to another."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.exits import Failed, Verb
from adapters.inbound.cli.show import say, show_json, show_table
from adapters.inbound.cli.store import told
from adapters.inbound.cli.tools import Tools
from application.move_house import CopyRefused

Step = Callable[[str, str, int, int], None]


@click.command("copy", cls=Verb)
@click.option("--from", "source", required=True, metavar="STORE", help="sqlite:PATH or mongodb://…")
@click.option("--to", "target", required=True, metavar="STORE", help="An empty one; it is set up.")
@exits.as_json
@click.pass_obj
def copy(tools: Tools, *, source: str, target: str, as_json: bool) -> None:
    """Copy everything that is kept to another store, and compare the two.

    Stop every worker and API first. A copy that was cut short goes on where it was when it is
    started again. The key file is not copied: both houses need the same.
    """
    with told(), _bar(quiet=as_json) as step:
        try:
            copied = tools.copy(source, target, step)
        except CopyRefused as refused:
            raise Failed(f"copy_refused: {refused}") from None
    if as_json:
        counts = {str(kind): count for kind, count in copied.counts.items()}
        show_json({"counts": counts, "digest": copied.digest})
        return
    rows = [(str(kind), f"{count:,}") for kind, count in copied.counts.items()]
    show_table(("Records", "On both sides"), rows)
    say(f"Every record is the same on both sides (digest {copied.digest[:16]}).")


def _shown_nowhere(what: str, kind: str, done: int, of: int) -> None:
    pass


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Step]:
    """A bar on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield _shown_nowhere
        return
    from rich.console import Console  # noqa: PLC0415 - keeps `lunas --help` quick
    from rich.progress import Progress  # noqa: PLC0415 - the same

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("copy", total=None)

        def step(what: str, kind: str, done: int, of: int) -> None:
            progress.update(task, description=f"{what} {kind}", completed=done, total=of)

        yield step
