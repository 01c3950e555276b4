"""`lunas settlement`: what a provider's settlement file says, beside what is stored here."""

from collections.abc import Callable
from typing import BinaryIO

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.bar import bar
from adapters.inbound.cli.exits import Exit, Failed, Misused, Noun, end
from adapters.inbound.cli.settlement_views import as_plain, verdict, view
from adapters.inbound.cli.show import show_json
from adapters.inbound.cli.store import opened
from adapters.inbound.cli.tools import Tools
from application.compare_settlement import Agreement, Compared
from application.ports import LARGEST_SETTLEMENT_FILE, SettlementReader, SettlementUnreadable
from domain.errors import InvalidValue
from domain.settlement import SettlementFile

Step = Callable[[int, int], None]
"""Told how many of how many rows are done."""


@click.group(cls=Noun)
def settlement() -> None:
    """Read what wallets and gateways say they settled."""


@settlement.command("read")
@click.argument("file", type=click.File("rb"))
@click.option("--provider", required=True, help="Whose file it is.")
@exits.as_json
@click.pass_obj
def read(tools: Tools, *, file: BinaryIO, provider: str, as_json: bool) -> None:
    """Read a settlement FILE (- is standard input) and compare it; nothing is written.

    Ends with 0 when every row can be read and agrees with what is stored here, with 1 otherwise.
    """
    try:
        reader = tools.settlement(provider)
    except InvalidValue as refused:
        raise Misused(str(refused)) from None
    with bar("rows", quiet=as_json) as step:
        found = _found(reader, file, step)
        compared = _compared(tools, found, step)
    agrees = not found.bad and all(each.agreement is Agreement.AGREES for each in compared)
    if as_json:
        show_json({"ok": agrees, **as_plain(found, compared)})
    else:
        view(found, compared)
        verdict(found, compared)
    end(Exit.OK if agrees else Exit.REFUSED)


def _found(reader: SettlementReader, file: BinaryIO, step: Step) -> SettlementFile:
    """The file, read; raises Failed."""
    try:
        body = file.read(LARGEST_SETTLEMENT_FILE + 1)
        step(0, body.count(b"\n"))
        return reader.read(body)
    except SettlementUnreadable as refused:
        raise Failed(f"settlement_unreadable: the file {refused}") from None
    except OSError as refused:
        raise Failed(f"the file cannot be read: {refused.strerror}") from None


def _compared(tools: Tools, found: SettlementFile, step: Step) -> list[Compared]:
    """Each line beside its payment: of a payment only what is shown is kept."""
    compared: list[Compared] = []
    with opened(tools) as store:
        for each in store.compare(found):
            compared.append(each)
            step(len(compared), len(found.lines))
    return compared
