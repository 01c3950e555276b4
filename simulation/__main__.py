"""`python -m simulation`, which `lunas simulate` becomes: seeds in, breaches out."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from simulation import shrink
from simulation.many import Ran, Total, kind_of, run_all
from simulation.run import Plan, run
from simulation.switches import RATES

BROKEN = 1
PAYMENTS = 100


class Seeds(click.ParamType[range]):
    """`7` or `1-500`, both ends included."""

    name = "A-B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """A range of seeds."""
        if isinstance(value, range):
            return value
        first, dash, last = str(value).partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            self.fail("must look like 7 or 1-500", param, ctx)
        seeds = range(int(first), int(last or first) + 1)
        if not seeds:
            self.fail("the last seed comes before the first", param, ctx)
        return seeds


def _indices(_: click.Context, __: click.Parameter, value: str | None) -> frozenset[int] | None:
    if value is None:
        return None
    if not all(part.isdecimal() for part in value.split(",")):
        raise click.BadParameter("must be numbers with commas between them")
    return frozenset(map(int, value.split(",")))


def _rates(_: click.Context, __: click.Parameter, value: str) -> frozenset[str]:
    named = frozenset(filter(None, value.split(",")))
    if unknown := sorted(named - RATES):
        known = ", ".join(sorted(RATES))
        raise click.BadParameter(f"there is no {', '.join(unknown)}; there are {known}")
    return named


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seed", type=click.IntRange(min=0), help="One world; its history is always this.")
@click.option("--seeds", type=Seeds(), help="Many worlds, both ends included.")
@click.option(
    "--payments",
    type=click.IntRange(1, 100_000),
    default=PAYMENTS,
    show_default=True,
    help="Payments of one world.",
)
@click.option(
    "--days",
    type=click.FloatRange(0.01, 60),
    default=1.0,
    show_default=True,
    help="Days on which they are started; eight quiet ones follow.",
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes. [default: all cores]")
@click.option("--only", callback=_indices, help="Of a world's payments only these, from 0: 3,17.")
@click.option("--calm", "calmed", callback=_rates, default="", help="Faults that do not happen.")
@click.option("--accidents", type=click.IntRange(min=0), help="Only so many of its accidents.")
@click.option("--story", "telling", is_flag=True, help="Tell everything that happens.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def main(*, telling: bool, as_json: bool, jobs: int | None, **asked: Any) -> None:
    """Let seeded worlds of payments go wrong, and judge what Lunas makes of them.

    The real rules and use cases run against the sandbox's wallet in simulated time, with crashes,
    pauses, lost answers, clocks set wrong and a store that fails. Exit code 1 on a breach of an
    invariant; the shortest story that breaks it is printed.
    """
    plans = _plans(**asked)
    if telling:
        if len(plans) != 1:
            raise click.UsageError("--story tells of one --seed")
        sys.exit(_tell(plans[0]))
    total = Total()
    began = time.monotonic()
    runs = run_all(plans, jobs or os.cpu_count() or 1)
    for ran in _shown(runs, len(plans), quiet=as_json):
        total.add(ran)
    seconds = time.monotonic() - began
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(_plain(total, seconds), option=orjson.OPT_INDENT_2))
        print(flush=True)
    else:
        _show(total, seconds)
    sys.exit(BROKEN if total.breaches else 0)


def _plans(
    *, seed: int | None, seeds: range | None, only: frozenset[int] | None, **rest: Any
) -> Sequence[Plan]:
    if (seed is None) == (seeds is None):
        raise click.UsageError("give --seed or --seeds")
    chosen = range(seed, seed + 1) if seed is not None else (seeds or range(0))
    return [Plan(number, only=only, **rest) for number in chosen]


def _tell(plan: Plan) -> int:
    outcome = run(plan, telling=True)
    sys.stdout.writelines(f"{line}\n" for line in outcome.story)
    sys.stdout.writelines(f"  => {breach}\n" for breach in outcome.found)
    return BROKEN if outcome.found else 0


def _shown(runs: Iterator[Ran], count: int, *, quiet: bool) -> Iterator[Ran]:
    with _bar(count, quiet=quiet) as step:
        for ran in runs:
            yield ran
            step(ran)


@contextmanager
def _bar(count: int, *, quiet: bool) -> Iterator[Any]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    hidden = quiet or count == 1 or not console.is_terminal
    with Progress(*columns, console=console, disable=hidden, transient=True) as progress:
        task = progress.add_task("worlds", total=count)
        found = 0

        def step(ran: Ran) -> None:
            nonlocal found
            found += len(ran.outcome.found)
            words = f"worlds, {found} breaches" if found else "worlds"
            progress.update(task, advance=1, description=words)

        yield step


def _show(total: Total, seconds: float) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("worlds", "payments", "steps", "payments/s", "payments/s of one core", "breaches")
    table.add_row(
        f"{total.worlds:,}", f"{total.payments:,}", f"{total.steps:,}",
        f"{total.payments / seconds:,.0f}", f"{total.payments_per_cpu_second:,.0f}",
        f"{sum(total.breaches.values()):,}",
    )  # fmt: skip
    console.print(table)
    if not total.breaches:
        console.print("Every invariant held.")
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


def _plain(total: Total, seconds: float) -> dict[str, object]:
    return {
        "worlds": total.worlds,
        "payments": total.payments,
        "steps": total.steps,
        "seconds": round(seconds, 3),
        "payments_per_second": round(total.payments / seconds, 1),
        "payments_per_cpu_second": round(total.payments_per_cpu_second, 1),
        "breaches": [
            {"invariant": kind[0], "name": kind[1], "count": count, "first": _first(total, kind)}
            for kind, count in sorted(total.breaches.items())
        ],
    }


def _first(total: Total, kind: tuple[int, str]) -> dict[str, object]:
    outcome = total.failing[kind]
    breach = next(breach for breach in outcome.found if kind_of(breach) == kind)
    return {
        "seed": outcome.plan.seed,
        "payment_id": breach.payment_id,
        "detail": breach.detail,
        "command": shrink.command(outcome.plan),
    }


if __name__ == "__main__":
    main(prog_name="lunas simulate")
