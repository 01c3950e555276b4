"""`lunas doctor`: what is well, what is not, and what to do about it."""

from collections.abc import Mapping

import click

from adapters.inbound.cli import exits
from adapters.inbound.cli.exits import Exit, Verb, end
from adapters.inbound.cli.show import Mark, say, show_json, show_table
from adapters.inbound.cli.store import told
from adapters.inbound.cli.tools import Tools, Verdict

SIGNS: Mapping[Verdict, Mark] = {
    Verdict.GOOD: Mark("✓ good", "green"),
    Verdict.WARNING: Mark("! warning", "yellow"),
    Verdict.BAD: Mark("✗ bad", "bold red"),
}


@click.command(cls=Verb)
@click.option(
    "--restored", is_flag=True, help="The store came back from a backup: also make it safe to use."
)
@exits.as_json
@click.pass_obj
def doctor(tools: Tools, *, restored: bool, as_json: bool) -> None:
    """Look at settings, store, clock, provider accounts and workers.

    Ends with 0 when nothing is bad (warnings are allowed), with 1 otherwise.
    """
    with told():
        findings = tools.doctor(restored)
    bad = sum(finding.verdict is Verdict.BAD for finding in findings)
    if as_json:
        show_json(
            {
                "ok": not bad,
                "findings": [
                    {
                        "about": finding.about,
                        "verdict": finding.verdict.value,
                        "text": finding.text,
                        "fix": finding.fix,
                    }
                    for finding in findings
                ],
            }
        )
    else:
        show_table(
            ("Verdict", "About", "Finding", "What to do"),
            [(SIGNS[f.verdict], f.about, f.text, f.fix or "") for f in findings],
        )
        say(f"{bad} bad: see what to do." if bad else "Nothing is bad.")
    end(Exit.REFUSED if bad else Exit.OK)
