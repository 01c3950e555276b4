"""`lunas exceptions`: what a person must look at, over the API."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import act, lunas, rehearse
from adapters.inbound.cli.exits import Noun, agree, identifier
from adapters.inbound.cli.review_views import show_exception, show_exceptions
from adapters.inbound.cli.show import show_json, tell
from adapters.inbound.cli.tools import Tools
from adapters.inbound.cli.verdicts import acting, actor_option, evidence_option, reason_option
from domain.exception_record import Action

PATH = "/v1/exceptions"
_id = click.argument("id", callback=identifier("exc"))


@click.group(cls=Noun)
def exceptions() -> None:
    """List, show and resolve what a person must look at (needs LUNAS_API_KEY)."""


@exceptions.command("list")
@click.option("--all", "everything", is_flag=True, help="The closed ones too.")
@click.option("--limit", type=click.IntRange(1, 100), help="Of how many payments (1 to 100).")
@click.option("--cursor", help="Go on where the page before ended.")
@exits.as_json
@click.pass_obj
def list_(
    tools: Tools, *, everything: bool, limit: int | None, cursor: str | None, as_json: bool
) -> None:
    """List exceptions, those of the newest payments first."""
    query = {"status": "all" if everything else None, "limit": limit, "cursor": cursor}
    with lunas(tools, as_json=as_json) as client:
        page = client.get(PATH, query).body
    if as_json:
        show_json(page)
    else:
        show_exceptions(page)


@exceptions.command("show")
@_id
@exits.as_json
@click.pass_obj
def show(tools: Tools, *, id: str, as_json: bool) -> None:
    """Show one exception, and what can be decided of it now."""
    with lunas(tools, as_json=as_json) as client:
        exception = client.get(f"{PATH}/{id}").body
    if as_json:
        show_json(exception)
    else:
        show_exception(exception)


@exceptions.command("resolve")
@_id
@click.option(
    "--action", required=True, type=click.Choice([a.value for a in Action]), help="What is decided."
)
@reason_option
@evidence_option(required=False)
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
    action: str,
    reason: str,
    evidence: str | None,
    actor: str | None,
    key: str | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Decide an exception; paid, not_paid and returned need --evidence."""
    path = f"{PATH}/{id}/resolve"
    body = {"action": action, "actor": acting(tools, actor), "reason": reason}
    if evidence is not None:
        body["evidence"] = evidence
    if dry_run:
        rehearse(path, body)
        return
    with lunas(tools, as_json=as_json) as client:
        agree(f"Decide {id} as {action}?", assumed=yes)
        exception = act(client, path, body, key=key)
    if as_json:
        show_json(exception)
        return
    show_exception(exception)
    if exception.get("status") == "open":
        tell("It is closed once the wallet has made the void.")
