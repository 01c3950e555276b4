"""What a person sees of many worlds: a bar while they run, then a table, then the stories."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from simulation import shrink
from simulation.many import Ran, Total


def shown(runs: Iterator[Ran], count: int, total: Total, *, quiet: bool) -> Iterator[Ran]:
    """Each world as it comes, with a bar on a terminal; whoever takes them counts them."""
    with _bar(count, total, quiet=quiet) as step:
        for ran in runs:
            yield ran
            step()


@contextmanager
def _bar(count: int, total: Total, *, quiet: bool) -> Iterator[Any]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    hidden = quiet or count == 1 or not console.is_terminal
    with Progress(*columns, console=console, disable=hidden, transient=True) as progress:
        task = progress.add_task("worlds", total=count, completed=total.worlds)

        def step() -> None:
            found = sum(total.breaches.values())
            words = f"{total.payments:,} payments" + (f", {found} breaches" if found else "")
            progress.update(task, completed=total.worlds, description=f"{words}, worlds")

        yield step


def show(total: Total, seconds: float, planned: int) -> None:
    """Print what the worlds came to, and the shortest story of each kind of breach."""
    console = Console(highlight=False, soft_wrap=True)
    if total.worlds < planned:
        console.print(f"Interrupted after {total.worlds:,} of {planned:,} worlds.")
    table = Table("worlds", "payments", "steps", "payments/s", "payments/s of one core", "breaches")
    table.add_row(
        f"{total.worlds:,}", f"{total.payments:,}", f"{total.steps:,}",
        f"{total.payments / max(seconds, 0.001):,.0f}", f"{total.payments_per_cpu_second:,.0f}",
        f"{sum(total.breaches.values()):,}",
    )  # fmt: skip
    console.print(table)
    if total.histories:
        console.print(f"Digest of their histories: {total.histories}")
    if not total.breaches:
        console.print("Every invariant held." if total.worlds else "Nothing was run.")
        return
    broken = Table("invariant", "name", "breaches", "first seed")
    for (number, name), count in sorted(total.breaches.items()):
        seed = total.failing[number, name].plan.seed
        broken.add_row(str(number), name, str(count), str(seed))
    console.print(broken)
    for kind, outcome in sorted(total.failing.items()):
        shrunk = shrink.shrink(outcome, kind[0])
        console.print(f"\nThe shortest story of invariant {kind[0]} ({kind[1]}), ", end="")
        console.print(f"after {shrunk.runs} smaller worlds:\n", markup=False)
        for line in shrink.story(shrunk):
            console.print(line, markup=False)
        console.print(f"\nRun it again: {shrink.command(shrunk.outcome.plan)}", markup=False)
