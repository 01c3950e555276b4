"""`lunas inbox`: what wallets and gateways sent, and what became of it, read from the store."""

import sys
from typing import Any

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.exits import Failed, Noun, identifier
from adapters.inbound.cli.notice_views import body_text, facts_of, headers_of, sign_of
from adapters.inbound.cli.show import (
    rfc3339,
    say,
    show_facts,
    show_json,
    show_table,
    tell,
    text_of,
    wib,
)
from adapters.inbound.cli.store import opened
from adapters.inbound.cli.tools import Tools
from application.ports import NoticeQuery, Received, StalePayment, Verdict

WAITING = "waiting"
_id = click.argument("id", callback=identifier("ntf"))


@click.group(cls=Noun)
def inbox() -> None:
    """List and show the notifications that came in, and have one heard again."""


@inbox.command("list")
@click.option("--provider", help="Only of this provider.")
@click.option(
    "--verdict",
    type=click.Choice([*(verdict.value for verdict in Verdict), WAITING]),
    metavar="VERDICT",
    help="Only those of which this became, or that are still waiting.",
)
@click.option("--limit", type=click.IntRange(1, 100), default=20, help="How many (1 to 100).")
@click.option("--cursor", help="Go on where the page before ended.")
@exits.as_json
@click.pass_obj
def list_(
    tools: Tools,
    *,
    provider: str | None,
    verdict: str | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List notifications, newest first."""
    query = NoticeQuery(
        provider=provider,
        verdict=Verdict(verdict) if verdict not in {None, WAITING} else None,
        waiting=verdict == WAITING,
        limit=limit,
        cursor=cursor,
    )
    with opened(tools) as store:
        page = store.inbox.find(query)
    if as_json:
        told = [_told(each) for each in page.items]
        show_json({"data": told, "next_cursor": page.next_cursor})
        return
    show_table(
        ("Notification", "Received", "Provider", "Verdict", "Why", "Payment"),
        [
            (
                each.notice.id,
                wib(each.notice.received_at),
                text_of(each.notice.provider),
                sign_of(each),
                text_of(each.why),
                text_of(each.payment_id),
            )
            for each in page.items
        ],
    )
    if page.next_cursor is not None:
        tell(f"More: --cursor {page.next_cursor}")
    elif not page.items:
        tell("There is nothing.")


@inbox.command("show")
@_id
@click.option("--raw", is_flag=True, help="Print the body alone, to the byte, with all it tells.")
@exits.as_json
@click.pass_obj
def show(tools: Tools, *, id: str, raw: bool, as_json: bool) -> None:
    """Show one notification; phones are masked, and of headers that may be secret the length."""
    with opened(tools) as store:
        received = store.inbox.get(id)
    if raw:
        sys.stdout.buffer.write(received.notice.body)
    elif as_json:
        shown = {"headers": headers_of(received), "body": body_text(received)}
        show_json(_told(received) | shown)
    else:
        show_facts(facts_of(received))
        say("")
        say(body_text(received))


@inbox.command("replay")
@_id
@exits.dry_run
@exits.as_json
@click.pass_obj
def replay(tools: Tools, *, id: str, dry_run: bool, as_json: bool) -> None:
    """Have one heard again by the worker, as if it had just been stored; nothing happens twice."""
    with opened(tools) as store:
        if dry_run:
            received = store.inbox.get(id)
        else:
            try:
                received = store.hear_again(id)
            except StalePayment:
                raise Failed("it is being heard just now. What to do: show it again") from None
    if as_json:
        show_json(_told(received) | {"dry_run": dry_run})
    else:
        say(f"{id} {'would' if dry_run else 'will'} be heard again.")


def _told(received: Received) -> dict[str, Any]:
    """What is told of it without opening it."""
    notice = received.notice
    return {
        "id": notice.id,
        "provider": notice.provider,
        "path": notice.path,
        "received_at": rfc3339(notice.received_at),
        "size": len(notice.body),
        "verdict": received.verdict,
        "why": received.why,
        "payment_id": received.payment_id,
        "tries": received.tries,
        "due_at": rfc3339(received.due_at),
        "settled_at": rfc3339(received.settled_at),
    }
