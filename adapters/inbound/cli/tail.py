"""`lunas events tail`: events as they happen."""

from contextlib import suppress

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import lunas, shown_url
from adapters.inbound.cli.event_options import TYPES, payment_option, since_option
from adapters.inbound.cli.event_views import line_of
from adapters.inbound.cli.exits import Verb
from adapters.inbound.cli.feed import Feed
from adapters.inbound.cli.follow import Following
from adapters.inbound.cli.show import say, show_line
from adapters.inbound.cli.tools import Tools


@click.command("tail", cls=Verb)
@click.option(
    "--type",
    "kinds",
    multiple=True,
    type=click.Choice(TYPES),
    metavar="TYPE",
    help="Only of this type; may be given more than once.",
)
@payment_option
@since_option
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End after so long.")
@exits.as_json
@click.pass_obj
def tail(
    tools: Tools,
    *,
    kinds: tuple[str, ...],
    payment: str | None,
    since: str | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Print events as they happen, oldest first, until Ctrl-C.

    With --since also those since then; with --json one object a line.
    """
    with suppress(KeyboardInterrupt), lunas(tools, as_json=as_json, follows=True) as client:
        feed = Feed(client, since=since, payment=payment, kinds=kinds)
        ready = f"Following the events of {shown_url(tools.url)}; Ctrl-C ends it."
        for found in Following(tools, feed, ready).looks(seconds):
            for event in found:
                if as_json:
                    show_line(event)
                else:
                    say(line_of(event))
