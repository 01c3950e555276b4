"""`lunas listen`: webhooks for a machine that nobody can reach from outside."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.calls import lunas, shown_url
from adapters.inbound.cli.event_options import comma_separated_types
from adapters.inbound.cli.event_views import data_of, head_of, id_of, subject_of
from adapters.inbound.cli.exits import Misused, Verb
from adapters.inbound.cli.feed import Feed
from adapters.inbound.cli.follow import Following
from adapters.inbound.cli.listen_secret import given_secret, kept_secret
from adapters.inbound.cli.show import say, show_json, show_line, tell
from adapters.inbound.cli.tools import Tools

if TYPE_CHECKING:
    from adapters.inbound.cli.forward import Sent

LIVE_KEY = "lunas_live_"


def _address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """An address; `localhost:3000/hook` is taken as http."""
    if value is None:
        return None
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = None
    if not usable or not url.isprintable() or " " in url:
        raise click.BadParameter("must be an address such as http://127.0.0.1:3000/hooks/lunas")
    return url


@click.command(cls=Verb)
@click.option("--forward-to", "url", callback=_address, metavar="URL", help="Where events go.")
@click.option(
    "--events",
    "kinds",
    callback=comma_separated_types,
    metavar="TYPE,…",
    help="Only of these types, such as payment.succeeded,payment.failed.",
)
@click.option(
    "--secret-file",
    type=click.File("r"),
    help="Sign with the whsec_… in this file; `-` reads standard input.",
)
@click.option("--print-secret", is_flag=True, help="Print the signing secret, and do nothing else.")
@exits.as_json
@click.pass_obj
def listen(
    tools: Tools,
    *,
    url: str | None,
    kinds: frozenset[str],
    secret_file: TextIO | None,
    print_secret: bool,
    as_json: bool,
) -> None:
    """Forward events to a program under development, until Ctrl-C.

    Each event is signed and sent as a webhook would be: no public address is needed. The signing
    secret is made at the first run and kept; LUNAS_LISTEN_SECRET or --secret-file give another.
    """
    given = given_secret(tools, secret_file)
    if print_secret:
        secret = given or kept_secret(tools)
        if as_json:
            show_json({"secret": secret})
        else:
            say(secret)
        return
    if url is None:
        raise Misused("say where the events go: --forward-to http://127.0.0.1:3000/hooks/lunas")
    with suppress(KeyboardInterrupt), lunas(tools, as_json=as_json, follows=True) as client:
        secret = given or kept_secret(tools)
        if given is None:
            tell(f"Your webhook signing secret is {secret} (kept for the next run).")
        if (tools.api_key or "").startswith(LIVE_KEY):
            tell("LIVE: these are events of real money.")
        ready = f"Ready: events go to {shown_url(url)}; Ctrl-C ends it."
        _forward(Following(tools, Feed(client, kinds=kinds), ready), tools, url, secret, as_json)


def _forward(following: Following, tools: Tools, url: str, secret: str, as_json: bool) -> None:
    """Hand on what the looks find, until it is interrupted."""
    from adapters.inbound.cli.forward import Forwarder, receiver_at  # noqa: PLC0415 - a quick --help

    count = _Count(as_json)
    with receiver_at(url) as http:
        forwarder = Forwarder(
            http, url, sign=partial(tools.sign, secret), uptime=tools.uptime, told=count.told
        )
        try:
            for found in following.looks():
                forwarder.again()
                for event in found:
                    forwarder.forward(event)
                    forwarder.again()
        finally:
            tell(
                f"{count.accepted} accepted, {count.given_up} given up, "
                f"{forwarder.waiting} not accepted yet."
            )


@dataclass(slots=True)
class _Count:
    """Shows each try, and counts how they ended."""

    as_json: bool
    accepted: int = field(default=0)
    given_up: int = field(default=0)

    def told(self, sent: "Sent") -> None:
        self.accepted += sent.accepted
        self.given_up += not sent.accepted and not sent.again
        if self.as_json:
            show_line(_object(sent))
        else:
            say(_line(sent))


def _object(sent: "Sent") -> dict[str, object]:
    return {
        "event_id": id_of(sent.event),
        "type": sent.event.get("type"),
        "timestamp": sent.event.get("timestamp"),
        "subject_id": subject_of(sent.event).get("id"),
        "sequence": data_of(sent.event).get("sequence"),
        "try": sent.number,
        "status": sent.status,
        "error": sent.error,
        "milliseconds": sent.milliseconds,
        "accepted": sent.accepted,
        "again": sent.again,
    }


def _line(sent: "Sent") -> str:
    from adapters.inbound.cli.forward import GONE, RETRY_AFTER_SECONDS  # noqa: PLC0415 - as above

    said = sent.error or sent.status
    line = f"{head_of(sent.event)}  → {said}  {sent.milliseconds} ms"
    if sent.accepted:
        return line
    if sent.again:
        return f"{line}  again in {RETRY_AFTER_SECONDS:g} s"
    if sent.status == GONE:
        return f"{line}  given up: 410 would disable the endpoint in production"
    return f"{line}  given up: production would go on trying for 3 days"
