"""Notifications for people: what may be a secret or a phone number is not shown."""

import re
from collections.abc import Mapping, Sequence

from adapters.inbound.cli.show import Cell, Mark, masked, text_of, wib
from application.ports import Received, Verdict

PLAIN_HEADERS = frozenset(
    {"accept", "content-length", "content-type", "date", "host", "user-agent", "x-timestamp"}
)
"""Headers shown as they are: any other may hold what opens something."""
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?62|0)8[1-9][0-9]{7,10}(?![0-9A-Za-z])", re.ASCII)
_SIGNS: Mapping[Verdict | None, tuple[str, str]] = {
    None: ("…", "cyan"),
    Verdict.BELIEVED: ("✓", "green"),
    Verdict.HINTED: ("→", "green"),
    Verdict.KNOWN: ("=", ""),
    Verdict.UNMATCHED: ("?", "yellow"),
    Verdict.REFUSED: ("✗", "red"),
    Verdict.FAILED: ("!", "bold red"),
}


def sign_of(received: Received) -> Mark:
    """Its verdict, or that it waits for one."""
    sign, style = _SIGNS[received.verdict]
    return Mark(f"{sign} {received.verdict or 'waiting'}", style)


def headers_of(received: Received) -> Mapping[str, str]:
    """Its headers; of those that may be secret only how long they are."""
    return {
        name: text_of(value) if name in PLAIN_HEADERS else f"({len(value)} characters)"
        for name, value in sorted(received.notice.headers.items())
    }


def body_text(received: Received) -> str:
    """Its body as text that cannot steer a terminal, with phones masked."""
    text = received.notice.body.decode("utf-8", "backslashreplace")
    lines = [text_of(line) for line in _PHONE.sub(_masked, text).splitlines()]
    return "\n".join(lines)


def facts_of(received: Received) -> Sequence[tuple[str, Cell]]:
    """What is known of it."""
    notice = received.notice
    facts: list[tuple[str, Cell]] = [
        ("Notification", notice.id),
        ("Provider", text_of(notice.provider)),
        ("Verdict", sign_of(received)),
        ("Why", text_of(received.why)),
        ("Payment", text_of(received.payment_id)),
        ("Received", wib(notice.received_at)),
        ("Settled", wib(received.settled_at)),
        ("Heard again", wib(received.due_at)),
        ("Tries", text_of(received.tries)),
        ("Path", text_of(notice.path)),
    ]
    return [*facts, *headers_of(received).items()]


def _masked(found: re.Match[str]) -> str:
    return masked(found[0])
