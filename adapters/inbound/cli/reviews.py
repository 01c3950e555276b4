"""`lunas pay check|refund|resolve|dossier`: what is done about a payment's money, over the API."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import act, lunas, rehearse
from adapters.inbound.cli.exits import Verb, agree, identifier
from adapters.inbound.cli.payment_views import show_payment
from adapters.inbound.cli.payments import PATH, rupiah_callback
from adapters.inbound.cli.review_views import show_dossier, show_refund
from adapters.inbound.cli.show import rupiah, show_json, tell, text_of
from adapters.inbound.cli.tools import Tools
from adapters.inbound.cli.verdicts import acting, actor_option, evidence_option, reason_option
from domain.payment import Status

_id = click.argument("id", callback=identifier("pay"))
OUTCOMES = ("paid", "not_paid")


@click.command("check", cls=Verb)
@_id
@exits.key_option
@exits.dry_run
@exits.as_json
@click.pass_obj
def check(tools: Tools, *, id: str, key: str | None, dry_run: bool, as_json: bool) -> None:
    """Have the wallet asked about an unknown payment as soon as the rules allow."""
    path = f"{PATH}/{id}/check"
    if dry_run:
        rehearse(path, {})
        return
    with lunas(tools, as_json=as_json) as client:
        payment = act(client, path, {}, key=key)
    if as_json:
        show_json(payment)
        return
    show_payment(payment)
    if payment.get("status") == Status.UNKNOWN:
        tell(f"The wallet is asked again: `lunas pay get {id} --wait 60` waits for its answer.")


@click.command("refund", cls=Verb)
@_id
@click.option(
    "--amount",
    callback=lambda c, p, value: None if value is None else rupiah_callback(c, p, value),
    metavar="RUPIAH",
    help="As 50.000; without it all that is left.",
)
@reason_option
@actor_option
@exits.key_option
@exits.yes
@exits.dry_run
@exits.as_json
@click.pass_obj
def refund(
    tools: Tools,
    *,
    id: str,
    amount: int | None,
    reason: str,
    actor: str | None,
    key: str | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give money back: by the wallet on the day it was paid, else by hand."""
    path = f"{PATH}/{id}/refunds"
    body: dict[str, str | int] = {"reason": reason, "actor": acting(tools, actor)}
    if amount is not None:
        body["amount"] = amount
    if dry_run:
        rehearse(path, body)
        return
    with lunas(tools, as_json=as_json) as client:
        much = "all that is left" if amount is None else rupiah(amount)
        agree(f"Give back {much} of {id}?", assumed=yes)
        made = act(client, path, body, key=key)
    if as_json:
        show_json(made)
        return
    show_refund(made)
    if made.get("kind") == "manual":
        tell(
            "OVO cannot make it: transfer the money, then close it with "
            f"`lunas refunds close {text_of(made.get('id'))} --reason … --evidence …`."
        )


@click.command("resolve", cls=Verb)
@_id
@click.option("--outcome", required=True, type=click.Choice(OUTCOMES), help="What happened.")
@reason_option
@evidence_option(required=True)
@actor_option
@exits.key_option
@exits.yes
@exits.dry_run
@exits.as_json
@click.pass_obj
def resolve(
    tools: Tools,
    *,
    id: str,
    outcome: str,
    reason: str,
    evidence: str,
    actor: str | None,
    key: str | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Say whether the wallet took the money of an unknown payment, where it does not say so."""
    path = f"{PATH}/{id}/resolve"
    body = {
        "outcome": outcome,
        "actor": acting(tools, actor),
        "reason": reason,
        "evidence": evidence,
    }
    if dry_run:
        rehearse(path, body)
        return
    with lunas(tools, as_json=as_json) as client:
        agree(f"Record that {id} was {outcome.replace('_', ' ')}?", assumed=yes)
        payment = act(client, path, body, key=key)
    if as_json:
        show_json(payment)
    else:
        show_payment(payment)


@click.command("dossier", cls=Verb)
@_id
@exits.as_json
@click.pass_obj
def dossier(tools: Tools, *, id: str, as_json: bool) -> None:
    """Show everything that is known of a payment, in one order of time."""
    with lunas(tools, as_json=as_json) as client:
        told = client.get(f"{PATH}/{id}/dossier").body
    if as_json:
        show_json(told)
    else:
        show_dossier(told)
