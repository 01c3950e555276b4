"""`lunas provider`: for whoever adds a payment provider to a clone of the repository."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.exits import Failed, Noun
from adapters.inbound.cli.show import say, show_json, tell
from adapters.inbound.cli.tools import Tools
from domain.errors import InvalidValue


@click.group(cls=Noun)
def provider() -> None:
    """Add a payment provider (in a clone of Lunas's repository)."""


@provider.command("new")
@click.argument("name")
@exits.as_json
@click.pass_obj
def new(tools: Tools, *, name: str, as_json: bool) -> None:
    """Lay a folder for the provider NAME, with its tests, to be filled with its facts.

    It is whole: messages, codes, signature, credentials, gateway, notifications, settlement and
    offer of a small API. Nothing that is there is overwritten. docs/providers.md leads on.
    """
    try:
        laid, following = tools.new_provider(name)
    except InvalidValue as refused:
        raise Failed(str(refused)) from None
    if as_json:
        show_json({"laid": list(laid), "next": list(following)})
        return
    for path in laid:
        say(path)
    tell("next:")
    for step in following:
        tell(f"  {step}")
