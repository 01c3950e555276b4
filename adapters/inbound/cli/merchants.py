"""`lunas merchants`: who is paid, and by which accounts at the providers."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.exits import Failed, Misused, Noun
from adapters.inbound.cli.show import (
    Cell,
    Mark,
    mode,
    rfc3339,
    say,
    show_json,
    show_table,
    tell,
    wib,
)
from adapters.inbound.cli.store import merchant_named, opened
from adapters.inbound.cli.tools import OpenStore, Tools
from application.ports import NotFound
from domain.errors import InvalidValue
from domain.merchant import Merchant

LARGEST_CREDENTIALS = 65_536
"""Characters of a credentials file."""
_provider = click.option(
    "--provider", default="ovo", show_default=True, help="Whose account these credentials are."
)
_live = click.option("--live", is_flag=True, help="The real wallet, with real money.")
_credentials = click.option(
    "--credentials",
    metavar="FILE.json",
    help="A JSON object with the provider's credentials; - reads it from standard input.",
)


@click.group(cls=Noun)
def merchants() -> None:
    """Add merchants and their accounts at providers, and list them."""


@merchants.command("add")
@click.argument("name")
@_provider
@_live
@_credentials
@exits.as_json
@click.pass_obj
def add(
    tools: Tools, *, name: str, provider: str, live: bool, credentials: str | None, as_json: bool
) -> None:
    """Add a merchant called NAME with one account, for tests unless --live.

    A test account without --credentials gets the sandbox's published ones.
    """
    held = _credentials_for(tools, provider, credentials, live=live)
    with opened(tools) as store:
        merchant = store.house.merchant(name)
        try:
            store.house.account(merchant.id, provider, livemode=live, credentials=held)
        except Exception:
            tell(f"{merchant.id} was added without an account: `lunas merchants account`")
            raise
    _show_account(merchant, provider, live=live, as_json=as_json)


@merchants.command("account")
@click.argument("merchant")
@_provider
@_live
@_credentials
@exits.as_json
@click.pass_obj
def account(
    tools: Tools,
    *,
    merchant: str,
    provider: str,
    live: bool,
    credentials: str | None,
    as_json: bool,
) -> None:
    """Give MERCHANT (its id or name) an account, in place of the one it had in that mode."""
    held = _credentials_for(tools, provider, credentials, live=live)
    with opened(tools) as store:
        found = merchant_named(store.directory, merchant)
        store.house.account(found.id, provider, livemode=live, credentials=held)
    _show_account(found, provider, live=live, as_json=as_json)


@merchants.command("list")
@exits.as_json
@click.pass_obj
def list_(tools: Tools, *, as_json: bool) -> None:
    """List the merchants and the state of their accounts."""
    with opened(tools) as store:
        known = [(m, _accounts(store, m, tools.providers)) for m in store.directory.merchants()]
    if as_json:
        show_json({"data": [{**_as_json(m), "accounts": accounts} for m, accounts in known]})
        return
    show_table(
        ("Merchant", "Name", "Accounts", "Since"),
        [(m.id, m.name, _account_words(accounts), wib(m.created_at)) for m, accounts in known],
    )
    if not known:
        say("None yet: `lunas merchants add NAME`.")


def _accounts(
    store: OpenStore, merchant: Merchant, providers: Sequence[str]
) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = []
    for provider in providers:
        for livemode in (False, True):
            try:
                held = store.house.accounts.get(merchant.id, provider, livemode=livemode)
            except NotFound:
                continue
            stopped = held.stopped.code if held.stopped else None
            found.append({"provider": provider, "livemode": livemode, "stopped": stopped})
    return found


def _account_words(accounts: list[Mapping[str, object]]) -> Cell:
    words = [
        f"{held['provider']} {mode(held['livemode']).text}"
        + (f" (stopped: {held['stopped']})" if held["stopped"] else "")
        for held in accounts
    ]
    return ", ".join(words) or Mark("none", "yellow")


def _credentials_for(
    tools: Tools, provider: str, source: str | None, *, live: bool
) -> Mapping[str, str]:
    if provider not in tools.providers:
        raise Misused(f"--provider must be one of: {', '.join(tools.providers)}")
    if source is not None and provider == tools.providers[0]:
        return _checked(_read(source), tools)
    if source is not None:
        return _judged(_read(source), provider, tools)
    if live:
        raise Misused("a live account needs --credentials FILE.json, or - for standard input")
    if provider != tools.providers[0]:
        raise Misused(
            f"an account at {provider} needs --credentials; the sandbox tells its own at"
            f" /control/credentials/{provider}"
        )
    return tools.sandbox_credentials


def _read(source: str) -> object:
    """The JSON in a file or on standard input; no error repeats what was given."""
    if source.lstrip().startswith("{"):
        raise Misused(
            "--credentials takes a file's name, or - for standard input: "
            "secrets on a command line are seen by others"
        )
    try:
        if source == "-":
            text = sys.stdin.read(LARGEST_CREDENTIALS + 1)
        else:
            with Path(source).open(encoding="utf-8") as file:
                text = file.read(LARGEST_CREDENTIALS + 1)
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "not a text file"
        raise Failed(f"the credentials cannot be read: {why}") from None
    if len(text) > LARGEST_CREDENTIALS:
        raise Failed("the credentials cannot be read: the file is too large")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Failed("the credentials are not JSON") from None


def _checked(given: object, tools: Tools) -> Mapping[str, str]:
    if not isinstance(given, dict):
        raise Failed("the credentials must be a JSON object")
    wanted = tuple(tools.credential_fields) or tuple(given)
    words = {name: value for name, value in given.items() if isinstance(value, str) and value}
    missing = [name for name in wanted if name not in words]
    if missing:
        raise Failed(f"the credentials need a text for: {', '.join(missing)}")
    if len(given) > len(wanted):
        raise Failed(f"the credentials may hold only: {', '.join(wanted)}")
    return words


def _judged(given: object, provider: str, tools: Tools) -> Mapping[str, str]:
    """Credentials of a provider beside OVO; what the sandbox tells of its own is taken as it is."""
    if isinstance(given, dict) and isinstance(given.get("credentials"), dict):
        given = given["credentials"]
    if not isinstance(given, dict):
        raise Failed("the credentials must be a JSON object")
    held = {name: value for name, value in given.items() if isinstance(value, str)}
    if len(held) < len(given):
        raise Failed("the credentials must hold texts only")
    try:
        tools.judge(provider, held)
    except InvalidValue as wrong:
        raise Failed(f"the credentials cannot be used: {wrong}") from None
    return held


def _show_account(merchant: Merchant, provider: str, *, live: bool, as_json: bool) -> None:
    if as_json:
        held = {"provider": provider, "livemode": live}
        show_json({**_as_json(merchant), "account": held})
        return
    say(f"{merchant.id}  {merchant.name}: {provider} account for {mode(live).text} is set")
    tell(f"next: lunas clients create {merchant.id} --name NAME{' --live' if live else ''}")


def _as_json(merchant: Merchant) -> Mapping[str, object]:
    return {
        "id": merchant.id,
        "object": "merchant",
        "name": merchant.name,
        "created_at": rfc3339(merchant.created_at),
    }
