"""`lunas check`: whether what is stored can all be true."""

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.bar import bar
from adapters.inbound.cli.exits import Exit, Noun, end
from adapters.inbound.cli.show import say, show_json, show_table
from adapters.inbound.cli.store import told
from adapters.inbound.cli.tools import Audit, Tools


@click.group(cls=Noun)
def check() -> None:
    """Look through everything that is stored, and change nothing."""


@check.command("invariants")
@exits.as_json
@click.pass_obj
def invariants(tools: Tools, *, as_json: bool) -> None:
    """Judge every payment of this house by what must always hold.

    Where a sandbox runs, the money is judged by its ledger too. The house may be at work meanwhile.
    Ends with 1 when something is broken.
    """
    with told(), bar("payments", quiet=as_json) as step:
        audit = tools.check(step)
    if as_json:
        show_json(_plain(audit))
    else:
        _show(audit)
    end(Exit.REFUSED if audit.count else Exit.OK)


def _show(audit: Audit) -> None:
    if audit.breaches:
        rows = [(str(b.number), b.name, b.payment_id, b.detail) for b in audit.breaches]
        show_table(("Invariant", "Name", "Payment", "What was found"), rows)
    if audit.count > len(audit.breaches):
        say(f"and {audit.count - len(audit.breaches)} more")
    by = "no sandbox answers: the money was not judged"
    if audit.ledger:
        by = f"the money of {audit.with_money} judged by the ledger of {audit.ledger}"
    verdict = f"{audit.count} broken" if audit.count else "every invariant holds"
    say(f"{audit.payments} payments: {verdict}; {by}.")


def _plain(audit: Audit) -> dict[str, object]:
    return {
        "ok": not audit.count,
        "payments": audit.payments,
        "with_money": audit.with_money,
        "ledger": audit.ledger,
        "count": audit.count,
        "breaches": [
            {"invariant": b.number, "name": b.name, "payment_id": b.payment_id, "detail": b.detail}
            for b in audit.breaches
        ],
    }
