"""The options by which events are chosen."""

from datetime import datetime

import click

from adapters.inbound.cli.exits import AnyFunction, identifier
from adapters.inbound.cli.show import WIB, rfc3339
from domain.events import EventType

TYPES = [kind.value for kind in EventType]


def time_callback(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A click callback: a time as the API writes it; WIB where it names no zone."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        return rfc3339(at if at.tzinfo else at.replace(tzinfo=WIB))
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "must be a time such as 2026-11-23T10:00 (WIB) or 2026-11-23T03:00Z"
        ) from None


def payment_option(command: AnyFunction) -> AnyFunction:
    """The option `--payment`."""
    return click.option("--payment", callback=identifier("pay"), help="Only of this payment.")(
        command
    )


def since_option(command: AnyFunction) -> AnyFunction:
    """The option `--since`: handed on as the API writes times."""
    return click.option(
        "--since",
        callback=time_callback,
        metavar="TIME",
        help="Only from this time on; WIB unless it says else.",
    )(command)


def comma_separated_types(
    _: click.Context, __: click.Parameter, value: str | None
) -> frozenset[str]:
    """A click callback: event types with commas between them; none means all."""
    kinds = frozenset(part.strip() for part in (value or "").split(",") if part.strip())
    for wrong in sorted(kinds - set(TYPES)):
        raise click.BadParameter(f"{wrong!r} is no event; there are {', '.join(TYPES)}")
    return kinds
