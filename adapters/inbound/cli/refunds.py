"""`lunas refunds`: money on its way back, over the API."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import act, lunas, rehearse
from adapters.inbound.cli.exits import Noun, agree, identifier
from adapters.inbound.cli.payments import PATH as PAYMENTS
from adapters.inbound.cli.review_views import show_refund, show_refunds
from adapters.inbound.cli.show import show_json
from adapters.inbound.cli.tools import Tools
from adapters.inbound.cli.verdicts import acting, actor_option, evidence_option, reason_option

PATH = "/v1/refunds"
OUTCOMES = ("succeeded", "failed")
_id = click.argument("id", callback=identifier("re"))


@click.group(cls=Noun)
def refunds() -> None:
    """List, show and close refunds; `lunas pay refund` asks for one (needs LUNAS_API_KEY)."""


@refunds.command("list")
@click.argument("payment", callback=identifier("pay"))
@exits.as_json
@click.pass_obj
def list_(tools: Tools, *, payment: str, as_json: bool) -> None:
    """List a payment's refunds, oldest first."""
    with lunas(tools, as_json=as_json) as client:
        page = client.get(f"{PAYMENTS}/{payment}/refunds").body
    if as_json:
        show_json(page)
    else:
        show_refunds(page)


@refunds.command("show")
@_id
@exits.as_json
@click.pass_obj
def show(tools: Tools, *, id: str, as_json: bool) -> None:
    """Show one refund."""
    with lunas(tools, as_json=as_json) as client:
        refund = client.get(f"{PATH}/{id}").body
    if as_json:
        show_json(refund)
    else:
        show_refund(refund)


@refunds.command("close")
@_id
@click.option(
    "--outcome", type=click.Choice(OUTCOMES), default=OUTCOMES[0], show_default=True,
    help="How it ended.",
)  # fmt: skip
@reason_option
@evidence_option(required=True)
@actor_option
@exits.key_option
@exits.yes
@exits.dry_run
@exits.as_json
@click.pass_obj
def close(
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
    """Say how a refund by hand ended; that cannot be taken back."""
    path = f"{PATH}/{id}/close"
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
        agree(f"Record that {id} {outcome}?", assumed=yes)
        refund = act(client, path, body, key=key)
    if as_json:
        show_json(refund)
    else:
        show_refund(refund)
