"""`lunas trigger`: a real payment in the sandbox, driven to the event that is wanted."""

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import lunas
from adapters.inbound.cli.drives import DRIVES, NOT_YET, Drive
from adapters.inbound.cli.event_options import TYPES
from adapters.inbound.cli.event_views import show_event
from adapters.inbound.cli.exits import Failed, Misused, Verb
from adapters.inbound.cli.feed import PATH as EVENTS
from adapters.inbound.cli.follow import BETWEEN_LOOKS_SECONDS
from adapters.inbound.cli.payment_views import objects
from adapters.inbound.cli.payments import PATH as PAYMENTS
from adapters.inbound.cli.payments import rupiah_callback
from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.refunds import PATH as REFUNDS
from adapters.inbound.cli.show import show_json, show_table, tell, text_of
from adapters.inbound.cli.tools import Tools
from domain.events import EventType

if TYPE_CHECKING:
    from adapters.inbound.cli.client import Client

TEST_KEY = "lunas_test_"
USUAL_AMOUNT = "50000"


@click.command(cls=Verb)
@click.argument("event", required=False, type=click.Choice(TYPES), metavar="EVENT")
@click.option(
    "--amount",
    default=USUAL_AMOUNT,
    callback=rupiah_callback,
    metavar="RUPIAH",
    help="As 50.000, which it is without this.",
)
@click.option("--order", help="Your own id of what is paid for; without this a fresh one.")
@click.option("--list", "listed", is_flag=True, help="Show what can be triggered, and how.")
@exits.as_json
@click.pass_obj
def trigger(
    tools: Tools, *, event: str | None, amount: int, order: str | None, listed: bool, as_json: bool
) -> None:
    """Make EVENT happen in the sandbox, with a real payment.

    EVENT is a type such as payment.succeeded; --list shows them. Never with a live key.
    """
    if listed:
        _show_drives(as_json=as_json)
        return
    if event is None:
        raise Misused("say which event, such as payment.succeeded; --list shows them")
    if event in NOT_YET:
        raise Failed(f"{event} cannot be triggered: {NOT_YET[event]}.")
    if tools.api_key and not tools.api_key.startswith(TEST_KEY):
        raise Misused("LUNAS_API_KEY is no test key: events are triggered in the sandbox only")
    drive = DRIVES[event]
    with lunas(tools, as_json=as_json) as client:
        payment = _drive(client, drive, amount=amount, order=order)
        if drive.refund:
            _await(client, tools, payment, EventType.SUCCEEDED, drive)
            _refund(client, drive, payment, amount)
        found = _await(client, tools, payment, event, drive)
    if as_json:
        show_json(found)
    else:
        show_event(found)


def _drive(client: "Client", drive: Drive, *, amount: int, order: str | None) -> str:
    """Start the payment and take its steps; returns its id."""
    wanted = {
        "order_id": order or f"trigger-{uuid4().hex[:12]}",
        "amount": amount,
        "phone": drive.phone,
        "description": "lunas trigger",
        "expires_in": drive.expires_in_seconds,
    }
    body = {name: value for name, value in wanted.items() if value is not None}
    payment = text_of(client.post(PAYMENTS, body, str(uuid4())).body.get("id"))
    tell(f"{payment}: {drive.how}")
    if drive.cancel:
        client.post(f"{PAYMENTS}/{payment}/cancel", {}, str(uuid4()))
    return payment


def _refund(client: "Client", drive: Drive, payment: str, amount: int) -> None:
    """Ask for the refund, and close it if it is one by hand that is to be closed."""
    half = {"amount": max(1, amount // 2)} if drive.refund == "half" else {}
    wish = {"reason": "lunas trigger", "actor": "lunas trigger"}
    made = client.post(f"{PAYMENTS}/{payment}/refunds", {**half, **wish}, str(uuid4())).body
    if drive.close and made.get("kind") == "manual":
        path = f"{REFUNDS}/{text_of(made.get('id'))}/close"
        client.post(path, {"outcome": drive.close, "evidence": "none", **wish}, str(uuid4()))


def _await(client: "Client", tools: Tools, payment: str, event: str, drive: Drive) -> Json:
    """The payment's event of that type; raises Failed when the payment ends otherwise."""
    seconds = drive.wait_seconds
    end = tools.uptime() + seconds
    while True:
        events = objects(client.get(EVENTS, {"payment_id": payment, "limit": 100}).body.get("data"))
        kinds = [text_of(each.get("type")) for each in events]
        if event in kinds:
            return events[kinds.index(event)]
        _check_course(payment, event, kinds, drive.ends)
        if tools.uptime() >= end:
            raise Failed(
                f"{payment} had no {event} within {seconds} s, only {', '.join(kinds) or 'none'}. "
                "What to do: see that the dispatcher and the sandbox run (`lunas doctor`)."
            )
        tools.pause(BETWEEN_LOOKS_SECONDS)


def _check_course(payment: str, event: str, kinds: Sequence[str], ends: Container[str]) -> None:
    ended = next((kind for kind in kinds if kind in ends), None)
    if ended:
        raise Failed(
            f"{payment} came to {ended} and not to {event}. "
            "What to do: see that the wallet is the sandbox, and what its scenario says."
        )


def _show_drives(*, as_json: bool) -> None:
    rows = [(kind, drive.phone, drive.how) for kind, drive in DRIVES.items()]
    if as_json:
        told = [{"type": kind, "phone": phone, "how": how} for kind, phone, how in rows]
        refused = [{"type": kind, "why": why} for kind, why in NOT_YET.items()]
        show_json({"data": told, "not_yet": refused})
        return
    show_table(
        ("Event", "Phone", "How"), [(kind, text_of(phone), how) for kind, phone, how in rows]
    )
    for kind, why in NOT_YET.items():
        tell(f"Not {kind}: {why}.")
