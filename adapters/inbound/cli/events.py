"""`lunas events`: what was told to webhooks, over the API."""

from collections.abc import Mapping
from datetime import datetime

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import act, lunas, rehearse
from adapters.inbound.cli.exits import Noun, identifier
from adapters.inbound.cli.payment_views import end_of_page, objects, status_of
from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.show import (
    WIB,
    Cell,
    masked,
    mode,
    rfc3339,
    rupiah,
    say,
    show_facts,
    show_json,
    show_table,
    text_of,
    wib,
)
from adapters.inbound.cli.tools import Tools
from domain.events import EventType

PATH = "/v1/events"
_id = click.argument("id", callback=identifier("evt"))


def _since(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A time such as `2026-11-23T10:00`, read as WIB where it names no zone, as the API's."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        return rfc3339(at if at.tzinfo else at.replace(tzinfo=WIB))
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "must be a time such as 2026-11-23T10:00 (WIB) or 2026-11-23T03:00Z"
        ) from None


@click.group(cls=Noun)
def events() -> None:
    """List, show and redeliver events (needs LUNAS_API_KEY)."""


@events.command("list")
@click.option("--payment", callback=identifier("pay"), help="Only of this payment.")
@click.option(
    "--type",
    "kind",
    type=click.Choice([t.value for t in EventType]),
    metavar="TYPE",
    help="Only of this type, such as payment.succeeded.",
)
@click.option(
    "--since",
    callback=_since,
    metavar="TIME",
    help="Only from this time on; WIB unless it says else.",
)
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
                _id_of(event),
                text_of(event.get("type")),
                text_of(_data(event).get("sequence")),
                text_of(_subject(event).get("id")),
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
        _show(event)


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


def _show(event: Json) -> None:
    subject = _subject(event)
    facts: list[tuple[str, Cell]] = [
        ("Event", _id_of(event)),
        ("Type", text_of(event.get("type"))),
        ("Time", wib(event.get("timestamp"))),
        ("Sequence", text_of(_data(event).get("sequence"))),
        ("About", text_of(subject.get("id"))),
    ]
    if subject.get("object") == "payment":
        facts += [
            ("Mode", mode(subject.get("livemode"))),
            ("Status", status_of(subject)),
            ("Order", text_of(subject.get("order_id"))),
            ("Amount", rupiah(subject.get("amount"))),
            ("Phone", masked(subject.get("phone"))),
        ]
    show_facts(facts)
    deliveries = objects(event.get("deliveries"))
    if deliveries:
        say("")
        show_table(
            ("Delivery", "Endpoint", "Status", "Tries", "Last answer", "Next try"),
            [
                (
                    text_of(d.get("id")),
                    text_of(d.get("endpoint_id")),
                    text_of(d.get("status")),
                    text_of(d.get("tries")),
                    text_of(d.get("last_status") or d.get("last_error")),
                    wib(d.get("due_at")),
                )
                for d in deliveries
            ],
        )


def _id_of(event: Json) -> str:
    return text_of(event.get("id") or _data(event).get("id"))


def _data(event: Json) -> Json:
    data = event.get("data")
    return data if isinstance(data, Mapping) else {}


def _subject(event: Json) -> Json:
    data = _data(event)
    for name in ("refund", "payment", "endpoint"):
        if isinstance(data.get(name), Mapping):
            subject: Json = data[name]
            return subject
    return {}
