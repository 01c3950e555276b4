"""Output for people (tables, rupiah, WIB) and for programs (JSON)."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from typing import TYPE_CHECKING

import click

from domain.errors import InvalidValue
from domain.money import Money
from domain.msisdn import BULLETS, Msisdn

if TYPE_CHECKING:
    from rich.table import Table

WIB = timezone(timedelta(hours=7), "WIB")
"""Asia/Jakarta, which has no summer time."""
NONE = "-"
_NUMBERS = frozenset({"Amount", "Gross", "Fee", "PPN", "Net", "Lines"})
"""Columns whose cells stand to the right."""
_UNBOUNDED = 10_000
"""Columns of a table that nobody looks at: ids are not folded in a pipe."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with its sign, and a colour that says the same once more on a terminal."""

    text: str
    style: str


Cell = str | Mark


def say(text: str) -> None:
    """One line of result on standard output."""
    click.echo(_speakable(text, sys.stdout.encoding))


def tell(text: str) -> None:
    """One line about what goes on, on standard error."""
    click.echo(_speakable(text, sys.stderr.encoding), err=True)


def show_json(value: object) -> None:
    """The value as JSON; characters that the terminal cannot show are escaped."""
    plain = not _is_utf8(sys.stdout.encoding)
    click.echo(json.dumps(value, ensure_ascii=plain, indent=2))


def show_line(value: object) -> None:
    """The value as JSON in one line (NDJSON): for output that goes on."""
    plain = not _is_utf8(sys.stdout.encoding)
    click.echo(json.dumps(value, ensure_ascii=plain, separators=(",", ":")))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A table with a heading; without a terminal no frame, no colour, no folding."""
    _print(_table(columns, rows, heading=True))


def show_facts(facts: Iterable[tuple[str, Cell]]) -> None:
    """Names and values, one pair a line."""
    _print(_table(("", ""), facts, heading=False))


def rupiah(amount: object) -> str:
    """`Rp 50.000`."""
    return str(Money(amount)) if isinstance(amount, int) and amount >= 0 else text_of(amount)


def wib(at: object) -> str:
    """A time (datetime or RFC 3339) as read on a clock in Jakarta."""
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return text_of(at)
    if not isinstance(at, datetime):
        return text_of(at)
    return f"{at.astimezone(WIB):%Y-%m-%d %H:%M:%S} WIB"


def rfc3339(at: datetime | None) -> str | None:
    """A time as the API writes it."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mode(livemode: object) -> Mark:
    """LIVE or test, so that the two are never confused."""
    return Mark("LIVE", "bold red") if livemode else Mark("test", "cyan")


def masked(phone: object) -> str:
    """A phone with six bullets, whatever it came as."""
    if not isinstance(phone, str):
        return NONE
    if BULLETS in phone:
        return text_of(phone)
    try:
        return Msisdn.parse(phone).masked
    except InvalidValue:
        return BULLETS


def text_of(value: object) -> str:
    """A value as text that cannot steer a terminal; a dash for none."""
    if value is None:
        return NONE
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value))


def _table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, heading: bool) -> "Table":
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - keeps `lunas --help` quick

    # Here and not above: `--help` and `--json` must not wait for it.
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(
        box=SIMPLE_HEAD if heading and sys.stdout.isatty() else None,
        show_header=heading,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for column in columns:
        table.add_column(
            Text(column), justify="right" if column in _NUMBERS else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(
            *(
                Text(cell.text, style=cell.style) if isinstance(cell, Mark) else Text(text_of(cell))
                for cell in row
            )
        )
    return table


def _print(table: "Table") -> None:
    from rich.console import Console  # noqa: PLC0415

    terminal = sys.stdout.isatty()
    written = StringIO()
    console = Console(
        file=written,
        force_terminal=terminal,
        width=None if terminal else _UNBOUNDED,
        highlight=False,
        emoji=False,
        markup=False,
    )
    console.print(table)
    for line in written.getvalue().splitlines():
        say(line.rstrip())


def _speakable(text: str, encoding: str) -> str:
    if _is_utf8(encoding):
        return text
    return text.replace("•", "*").encode(encoding, "replace").decode(encoding)


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "") == "utf8"
