"""`python -m bench [names…]`: measure, print a table, write bench/results.json."""

import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import (
    django_payments,
    measure_api,
    measure_chaos,
    measure_claims,
    measure_create,
    measure_dispatchers,
    measure_hold,
    measure_idle,
    measure_inbox,
    measure_recover,
    measure_redis,
    measure_search,
    measure_simulation,
    measure_whole,
    report,
)
from bench.figures import Measured, Verdict
from bench.rounds import LEAST_ROUNDS, Rounds
from bootstrap.limits import raise_file_limit

Measure = Callable[[Rounds], Awaitable[Measured]]
MEASUREMENTS: dict[str, Measure] = {
    "create": measure_create.create,
    "hold": measure_hold.hold,
    "chaos": measure_chaos.chaos,
    "recover": measure_recover.recover,
    "whole": measure_whole.whole,
    "layout": measure_whole.layout,
    "django": measure_create.django,
    "replay": measure_api.replay,
    "memory": measure_idle.memory,
    "start": measure_idle.start,
    "waiters": measure_api.waiters,
    "simulation": measure_simulation.simulation,
    "redis": measure_redis.redis,
    "dispatchers": measure_dispatchers.dispatchers,
    "over-wire": measure_dispatchers.over_wire,
    "wasted": measure_claims.wasted,
    "flat": measure_claims.flat,
    "rebuild": measure_search.rebuild,
    "lag": measure_search.lag,
    "inbox": measure_inbox.inbox,
}
SECONDS, QUICK_SECONDS = 5.0, 2.0
MISSED = 1


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(MEASUREMENTS)))
@click.option("--rounds", default=LEAST_ROUNDS, show_default=True, help="Interleaved rounds.")
@click.option("--quick", is_flag=True, help="One short round, nothing kept: does it run at all?")
@click.option("--write-docs", is_flag=True, help="Write the table into docs/benchmarks.md.")
def main(names: tuple[str, ...], rounds: int, quick: bool, write_docs: bool) -> None:
    """Measure (everything, or these); exit 1 when a bound is not met."""
    if write_docs and not names and report.RESULTS.exists():
        report.write_page()
        return
    chosen = {name: MEASUREMENTS[name] for name in names or MEASUREMENTS}
    if "django" in chosen and (lacking := django_payments.why_not()):
        raise click.ClickException(f"django cannot be measured: {lacking}")
    raise_file_limit()
    console = Console()
    missed = [m for name in chosen for m in _measure(console, name, rounds, quick=quick)]
    if not quick:
        report.show(console, chosen)
    if write_docs:
        report.write_page()
    for figure in missed:
        console.print(f"not met: {figure}", style="red", highlight=False)
    sys.exit(MISSED if missed and not quick else 0)


def _measure(console: Console, name: str, rounds: int, *, quick: bool) -> list[str]:
    count = 1 if quick else rounds
    seconds = QUICK_SECONDS if quick else SECONDS
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    # It is drawn only between the steps: a thread that draws would disturb the load.
    with (
        tempfile.TemporaryDirectory(prefix="lunas-bench-") as folder,
        Progress(*columns, console=console, auto_refresh=False) as progress,
    ):
        task = progress.add_task(name, total=None)

        def step(what: str) -> None:
            progress.update(task, description=what)
            progress.refresh()

        load = report.load_average()
        run = MEASUREMENTS[name](Rounds(Path(folder), count, seconds, step, quick))
        measured = uvloop.run(_awaited(run))
    for figure in measured.figures:
        console.print(
            f"  {figure.name}: {figure.median:.4g} {figure.unit} {figure.verdict}", highlight=False
        )
    if not quick:
        purpose = (MEASUREMENTS[name].__doc__ or "").strip()
        report.keep(name, purpose, measured, rounds=count, seconds=seconds, load=load)
    return [
        f"{name}: {figure.name}, {figure.median:.4g} {figure.unit}, {figure.bound}"
        for figure in measured.figures
        if figure.verdict is Verdict.MISSED
    ]


async def _awaited(run: Awaitable[Measured]) -> Measured:
    return await run


if __name__ == "__main__":
    main(prog_name="python -m bench")
