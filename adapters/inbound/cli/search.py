"""`lunas search`: find payments over the API, and make the index anew."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.bar import bar
from adapters.inbound.cli.calls import lunas
from adapters.inbound.cli.event_options import time_callback
from adapters.inbound.cli.exits import Failed, Noun
from adapters.inbound.cli.search_views import show_found
from adapters.inbound.cli.show import say, show_json
from adapters.inbound.cli.store import told
from adapters.inbound.cli.tools import Tools
from application.ports import IndexUnavailable, Sort
from domain.payment import Status

PATH = "/v1/search"


@click.group(cls=Noun)
def search() -> None:
    """Find payments (needs LUNAS_API_KEY), and look after the index that finds them."""


@search.command("find")
@click.argument("words", nargs=-1)
@click.option("--status", type=click.Choice([s.value for s in Status]), help="Only in this state.")
@click.option("--order", help="Only of exactly this order.")
@click.option(
    "--since",
    callback=time_callback,
    metavar="TIME",
    help="Started then or later; WIB if not said.",
)
@click.option("--until", callback=time_callback, metavar="TIME", help="Started before then.")
@click.option(
    "--sort", type=click.Choice([s.value for s in Sort]), help="Newest first if not said."
)
@click.option("--limit", type=click.IntRange(1, 100), help="How many (1 to 100).")
@click.option("--cursor", help="Go on where the page before ended.")
@exits.as_json
@click.pass_obj
def find(
    tools: Tools,
    *,
    words: tuple[str, ...],
    status: str | None,
    order: str | None,
    since: str | None,
    until: str | None,
    sort: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
) -> None:
    """Find payments by id, order, reference, code, last four digits, amount or text."""
    query = {
        "q": " ".join(words) or None,
        "status": status,
        "order_id": order,
        "created_after": since,
        "created_before": until,
        "sort": sort,
        "limit": limit,
        "cursor": cursor,
    }
    with lunas(tools, as_json=as_json) as client:
        found = client.get(PATH, query).body
    if as_json:
        show_json(found)
    else:
        show_found(found)


@search.command("rebuild")
@click.option("--afresh", is_flag=True, help="Not from where an earlier rebuild was broken off.")
@exits.as_json
@click.pass_obj
def rebuild(tools: Tools, *, afresh: bool, as_json: bool) -> None:
    """Make the search index anew from the store, beside the one that answers.

    Searches are answered all the time. Broken off, it goes on where it was when it is called again.
    """
    try:
        with told(), bar("payments", quiet=as_json) as step:
            copied = tools.rebuild_search(afresh, step)
    except IndexUnavailable as away:
        raise Failed(
            f"{away}. What to do: see that it runs, then call `lunas search rebuild` again: it goes"
            " on where it was."
        ) from None
    if as_json:
        show_json({"copied": copied})
    else:
        say(f"{copied} payments were copied; the new index answers.")
