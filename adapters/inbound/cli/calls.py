"""From a command to Lunas's API and back: the key, the client, and what a failure says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from adapters.inbound.cli.exits import CannotReach, Failed, Misused
from adapters.inbound.cli.problems import Json, NoAnswer, Refused
from adapters.inbound.cli.show import masked, show_json, show_line, tell
from adapters.inbound.cli.tools import Tools

if TYPE_CHECKING:
    from adapters.inbound.cli.client import Client

NO_KEY = (
    "no API key: set LUNAS_API_KEY (`make run` leaves one in var/dev.env, which is found from "
    "the project's folder; `lunas clients create` makes a new one)"
)


@contextmanager
def lunas(tools: Tools, *, as_json: bool, follows: bool = False) -> Iterator["Client"]:
    """The client of this command; failures become one readable line and an exit code.

    With `as_json` the problem itself also goes to standard output. A command that `follows` asks
    again by itself: its client tries once, and its JSON comes in lines.
    """
    from adapters.inbound.cli.client import (  # noqa: PLC0415 - a quick --help
        MOST_TRIES,
        Client,
        lunas_at,
    )

    tries = 1 if follows else MOST_TRIES
    with lunas_at(_checked_url(tools.url), _checked_key(tools.api_key)) as http:
        try:
            yield Client(http, pause=tools.pause, note=tell, tries=tries)
        except Refused as refused:
            if as_json:
                (show_line if follows else show_json)(refused.problem)
            raise Failed(refused.line) from None
        except NoAnswer as error:
            raise CannotReach(
                f"cannot reach Lunas at {shown_url(tools.url)}: {error}. "
                "What to do: see that it runs (`lunas up`) and that LUNAS_URL names it."
            ) from None


def act(client: "Client", path: str, body: Json, *, key: str | None) -> Json:
    """Create or move something under a fresh idempotency key, or the one given.

    When it fails, or is interrupted, the key is told, so that it can be repeated safely.
    """
    used = key or str(uuid4())
    try:
        return client.post(path, body, used).body
    except (Refused, NoAnswer, KeyboardInterrupt) as error:
        if not isinstance(error, Refused) or error.code != "idempotency_key_reused":
            tell(f"Idempotency key: {used} (the same command with --key {used} cannot act twice)")
        raise


def rehearse(path: str, body: Json) -> None:
    """Show the request that would be sent."""
    phone = {"phone": masked(body["phone"])} if "phone" in body else {}
    show_json({"dry_run": True, "method": "POST", "path": path, "body": {**body, **phone}})


def shown_url(url: str) -> str:
    """The address without the name and password that it may hold."""
    return urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()


def _checked_key(api_key: str | None) -> str:
    if not api_key:
        raise Misused(NO_KEY)
    if not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
        raise Misused("LUNAS_API_KEY has characters that no key has: copy it again")
    return api_key


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = None
    if not usable:
        raise Misused("LUNAS_URL must be an address such as http://127.0.0.1:8080")
    return url
