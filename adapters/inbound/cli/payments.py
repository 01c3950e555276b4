"""`lunas pay`: payments, over the API."""

import re

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import act, lunas, rehearse
from adapters.inbound.cli.exits import Exit, Noun, agree, end, identifier
from adapters.inbound.cli.payment_views import show_payment, show_payments
from adapters.inbound.cli.problems import Json
from adapters.inbound.cli.show import show_json, tell
from adapters.inbound.cli.tools import Tools
from adapters.inbound.cli.verdicts import acting, actor_option
from adapters.inbound.cli.watch import watch
from domain.payment import PAID, Status

PATH = "/v1/payments"
LONGEST_WAIT_SECONDS = 60
"""Of one request (promised by the API)."""
_id = click.argument("id", callback=identifier("pay"))
MOST_DIGITS = 18
_DOTTED = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+", re.ASCII)


def rupiah_callback(_: click.Context, __: click.Parameter, value: str) -> int:
    """A click callback: whole rupiah, with dots or without."""
    digits = value.replace(".", "") if _DOTTED.fullmatch(value) else value
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise click.BadParameter("must be whole rupiah such as 50000 or 50.000")
    return int(digits)


@click.group(cls=Noun)
def pay() -> None:
    """Start, follow, push, cancel, check, refund and resolve payments (needs LUNAS_API_KEY)."""


@pay.command("start")
@click.option("--order", required=True, help="Your own id of what is paid for.")
@click.option(
    "--amount", required=True, callback=rupiah_callback, metavar="RUPIAH", help="As 50.000."
)
@click.option("--phone", help="The customer's OVO number; without it the customer gives it later.")
@click.option("--description", help="What the customer reads; nothing private.")
@click.option("--expires-in", type=click.IntRange(min=1), help="Seconds.")
@exits.key_option
@click.option("--wait", is_flag=True, help="Follow it; ends with 0 only if it is paid.")
@exits.dry_run
@exits.as_json
@click.pass_obj
def start(
    tools: Tools,
    *,
    order: str,
    amount: int,
    phone: str | None,
    description: str | None,
    expires_in: int | None,
    key: str | None,
    wait: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Start a payment: with --phone the customer is asked at once."""
    wanted = {
        "order_id": order,
        "amount": amount,
        "phone": phone,
        "description": description,
        "expires_in": expires_in,
    }
    body = {name: value for name, value in wanted.items() if value is not None}
    if dry_run:
        rehearse(PATH, body)
        return
    with lunas(tools, as_json=as_json) as client:
        payment = act(client, PATH, body, key=key)
        if wait:
            tell(f"Started {payment.get('id')}; following it")
            payment = watch(client, payment, tools.pause)
    _show(payment, as_json=as_json)
    if wait and payment.get("status") not in PAID:
        end(Exit.REFUSED)


@pay.command("get")
@_id
@click.option(
    "--wait",
    type=click.IntRange(1, LONGEST_WAIT_SECONDS),
    metavar="SECONDS",
    help="Answer when it changes, or after so long (1 to 60).",
)
@exits.as_json
@click.pass_obj
def get(tools: Tools, *, id: str, wait: int | None, as_json: bool) -> None:
    """Show one payment."""
    with lunas(tools, as_json=as_json) as client:
        payment = client.get(f"{PATH}/{id}", {"wait": wait}).body
    _show(payment, as_json=as_json)


@pay.command("list")
@click.option("--order", help="Only of this order.")
@click.option("--status", type=click.Choice([s.value for s in Status]), help="Only in this state.")
@click.option("--limit", type=click.IntRange(1, 100), help="How many (1 to 100).")
@click.option("--cursor", help="Go on where the page before ended.")
@exits.as_json
@click.pass_obj
def list_(
    tools: Tools,
    *,
    order: str | None,
    status: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List payments, newest first."""
    query = {"order_id": order, "status": status, "limit": limit, "cursor": cursor}
    with lunas(tools, as_json=as_json) as client:
        page = client.get(PATH, query).body
    if as_json:
        show_json(page)
    else:
        show_payments(page)


@pay.command("push")
@_id
@click.option("--phone", help="Another number than before.")
@exits.key_option
@exits.dry_run
@exits.as_json
@click.pass_obj
def push(
    tools: Tools, *, id: str, phone: str | None, key: str | None, dry_run: bool, as_json: bool
) -> None:
    """Ask the customer (again), on the same or another phone."""
    path, body = f"{PATH}/{id}/push", {"phone": phone} if phone is not None else {}
    if dry_run:
        rehearse(path, body)
        return
    with lunas(tools, as_json=as_json) as client:
        payment = act(client, path, body, key=key)
    _show(payment, as_json=as_json)


@pay.command("cancel")
@_id
@actor_option
@exits.key_option
@exits.yes
@exits.dry_run
@exits.as_json
@click.pass_obj
def cancel(
    tools: Tools,
    *,
    id: str,
    actor: str | None,
    key: str | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Cancel a payment; a push that is under way is settled first."""
    path, body = f"{PATH}/{id}/cancel", {"actor": acting(tools, actor)}
    if dry_run:
        rehearse(path, body)
        return
    with lunas(tools, as_json=as_json) as client:
        agree(f"Cancel {id}?", assumed=yes)
        payment = act(client, path, body, key=key)
    _show(payment, as_json=as_json)
    if payment.get("cancel_requested_at") and payment.get("status") != Status.CANCELED:
        tell("A push is under way: it is canceled once it is certain that no money moved.")


def _show(payment: Json, *, as_json: bool) -> None:
    if as_json:
        show_json(payment)
    else:
        show_payment(payment)
