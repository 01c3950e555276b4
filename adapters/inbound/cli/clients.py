"""`lunas clients`: the programs that may act for a merchant."""

from collections.abc import Mapping

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.exits import Noun, agree, identifier
from adapters.inbound.cli.show import (
    Mark,
    mode,
    rfc3339,
    say,
    show_json,
    show_table,
    tell,
    text_of,
    wib,
)
from adapters.inbound.cli.store import client_named, merchant_named, opened
from adapters.inbound.cli.tools import Tools
from domain.merchant import ApiClient

ONCE = "! Shown this once and kept nowhere: put the key where your program finds it, now."


@click.group(cls=Noun)
def clients() -> None:
    """Create, list and revoke API clients."""


@clients.command("create")
@click.argument("merchant")
@click.option("--name", required=True, help="What this client is called in lists.")
@click.option("--live", is_flag=True, help="Its key reaches the real wallet.")
@exits.as_json
@click.pass_obj
def create(tools: Tools, *, merchant: str, name: str, live: bool, as_json: bool) -> None:
    """Create a client for MERCHANT (its id or name) and print its key, once."""
    with opened(tools) as store:
        owner = merchant_named(store.directory, merchant)
        client, key = store.house.client(owner.id, name, livemode=live)
    if as_json:
        show_json({**_as_json(client), "api_key": key})
    else:
        say(f"{client.id}  {client.name}, {mode(live).text}, for {text_of(owner.name)}")
        say(key)
    tell(ONCE)


@clients.command("list")
@click.option("--merchant", help="Only this merchant's (its id or name).")
@exits.as_json
@click.pass_obj
def list_(tools: Tools, *, merchant: str | None, as_json: bool) -> None:
    """List the clients, never their keys."""
    with opened(tools) as store:
        owner = merchant_named(store.directory, merchant).id if merchant else None
        known = store.directory.clients(owner)
    if as_json:
        show_json({"data": [_as_json(client) for client in known]})
        return
    show_table(
        ("Client", "Name", "Mode", "Merchant", "Status", "Since"),
        [
            (c.id, c.name, mode(c.livemode), c.merchant_id, _state(c), wib(c.created_at))
            for c in known
        ],
    )
    if not known:
        say("None: `lunas clients create MERCHANT --name NAME`.")


@clients.command("revoke")
@click.argument("client", callback=identifier("cli"))
@exits.yes
@exits.dry_run
@exits.as_json
@click.pass_obj
def revoke(tools: Tools, *, client: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Let CLIENT's key open nothing any more, for ever."""
    with opened(tools) as store:
        found = client_named(store.directory, client)
        if not dry_run and found.revoked_at is None:
            name = text_of(found.name)
            agree(f"Revoke {found.id} ({name}, {mode(found.livemode).text})?", assumed=yes)
            store.directory.revoke_client(found.id, store.house.clock().at)
            found = client_named(store.directory, client)
    if as_json:
        show_json({**({"dry_run": True} if dry_run else {}), **_as_json(found)})
    elif found.revoked_at:
        say(f"{found.id} is revoked since {wib(found.revoked_at)}")
    else:
        say(f"would revoke {found.id} ({text_of(found.name)}, {mode(found.livemode).text})")


def _state(client: ApiClient) -> Mark:
    return Mark("✗ revoked", "red") if client.revoked_at else Mark("✓ active", "green")


def _as_json(client: ApiClient) -> Mapping[str, object]:
    return {
        "id": client.id,
        "object": "client",
        "merchant_id": client.merchant_id,
        "livemode": client.livemode,
        "name": client.name,
        "created_at": rfc3339(client.created_at),
        "revoked_at": rfc3339(client.revoked_at),
    }
