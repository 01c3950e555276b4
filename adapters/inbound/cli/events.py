"""`lunas events`: what was told to webhooks, over the API."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import act, lunas, rehearse
from adapters.inbound.cli.event_options import TYPES, payment_option, since_option
from adapters.inbound.cli.event_views import data_of, id_of, show_event, subject_of
from adapters.inbound.cli.exits import Noun, identifier
from adapters.inbound.cli.payment_views import end_of_page, objects
from adapters.inbound.cli.show import say, show_json, show_table, text_of, wib
from adapters.inbound.cli.tail import tail
from adapters.inbound.cli.tools import Tools

PATH = "/v1/events"
_id = click.argument("id", callback=identifier("evt"))


@click.group(cls=Noun)
def events() -> None:
    """List, show, follow and redeliver events (needs LUNAS_API_KEY)."""


events.add_command(tail)


@events.command("list")
@payment_option
@click.option(
    "--type",
    "kind",
    type=click.Choice(TYPES),
    metavar="TYPE",
    help="Only of this type, such as payment.succeeded.",
)
@since_option
@click.option("--limit", type=click.IntRange(1, 100), help="How many (1 to 100).")
@click.option("--cursor", help="Go on where the page before ended.")
@exits.as_json
@click.pass_obj
def list_(
    tools: Tools,
    *,
    payment: str | None,
    kind: str | None,
    since: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List events, newest first."""
    query = {
        "payment_id": payment,
        "type": kind,
        "since": since,
        "limit": limit,
        "cursor": cursor,
    }
    with lunas(tools, as_json=as_json) as client:
        page = client.get(PATH, query).body
    if as_json:
        show_json(page)
        return
    found = objects(page.get("data"))
    show_table(
        ("Event", "Type", "Seq", "About", "Time"),
        [
            (
                id_of(event),
                text_of(event.get("type")),
                text_of(data_of(event).get("sequence")),
                text_of(subject_of(event).get("id")),
                wib(event.get("timestamp")),
            )
            for event in found
        ],
    )
    end_of_page(page, empty=not found)


@events.command("show")
@_id
@exits.as_json
@click.pass_obj
def show(tools: Tools, *, id: str, as_json: bool) -> None:
    """Show one event, with what it told and where it was delivered."""
    with lunas(tools, as_json=as_json) as client:
        event = client.get(f"{PATH}/{id}").body
    if as_json:
        show_json(event)
    else:
        show_event(event)


@events.command("redeliver")
@_id
@exits.key_option
@exits.dry_run
@exits.as_json
@click.pass_obj
def redeliver(tools: Tools, *, id: str, key: str | None, dry_run: bool, as_json: bool) -> None:
    """Send one event again, under its own id, to every endpoint that hears it."""
    path = f"{PATH}/{id}/redeliver"
    if dry_run:
        rehearse(path, {})
        return
    with lunas(tools, as_json=as_json) as client:
        answer = act(client, path, {}, key=key)
    if as_json:
        show_json(answer)
    else:
        say(f"{id} will be sent again.")
