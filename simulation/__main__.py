"""`python -m simulation`, which `lunas simulate` becomes: seeds in, breaches out."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console

from domain.merchant import OVO_PUSH
from simulation.many import Ran, Total, run_all
from simulation.mixing import OFFERED, PROVIDERS
from simulation.mixing import OVO as PUSH
from simulation.native.build import (
    CannotCompileError,
    built,
    command,
    environment,
    is_compiled,
    of_sources,
)
from simulation.report import OtherRunError, Report, plain
from simulation.run import Plan, run
from simulation.showing import show, shown
from simulation.switches import NOTHING_WRONG, RATES

BROKEN = 1
CUT = 130
"""The run was interrupted, and what had been run until then held."""
PAYMENTS = 100
REPORT_EVERY = 5.0
"""Seconds from one writing of the report to the next."""


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


def _providers(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """By the provider's name, or as the method of Push to Pay is called."""
    named = [PUSH if name == OVO_PUSH else name for name in filter(None, value.split(","))]
    if unknown := [name for name in named if name not in PROVIDERS]:
        known = ", ".join([OVO_PUSH, *OFFERED])
        raise click.BadParameter(f"there is no {', '.join(unknown)}; there are {known}")
    return tuple(name for name in PROVIDERS if name in named)


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
@click.option(
    "--providers",
    callback=_providers,
    default="",
    help="Payments of these alone: ovo_push,ovo_qris. [default: as each seed has it]",
)
@click.option("--nothing-wrong", "calm", is_flag=True, help="No fault and no accident at all.")
@click.option("--compiled", is_flag=True, help="As machine code: made first, in some minutes.")
@click.option(
    "--report",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file for what was proved so far; with it, a run that was cut goes on from there.",
)
@click.option("--histories", is_flag=True, help="Tell every world, and print the digest of it.")
@click.option("--story", "telling", is_flag=True, help="Tell everything that happens.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def main(
    *,
    telling: bool,
    as_json: bool,
    jobs: int | None,
    compiled: bool,
    file: Path | None,
    histories: bool,
    **asked: Any,
) -> None:
    """Let seeded worlds of payments go wrong, and judge what Lunas makes of them.

    The real rules and use cases run against the sandbox's wallet in simulated time, with crashes,
    pauses, lost answers, clocks set wrong and a store that fails. Exit code 1 on a breach of an
    invariant; the shortest story that breaks it is printed.
    """
    plans = _plans(**asked)
    if telling and len(plans) != 1:
        raise click.UsageError("--story tells of one --seed")
    if compiled and not is_compiled():
        _become_compiled()
    if telling:
        sys.exit(_tell(plans[0]))
    report = Report(file, _asked(plans) | {"histories": histories}) if file else None
    try:
        total, before = report.read(plans) if report else (Total(), 0.0)
    except OtherRunError as other:
        raise click.UsageError(str(other)) from None
    began = time.monotonic() - before
    runs = run_all(plans[total.worlds :], jobs or os.cpu_count() or 1, telling=histories)
    worlds = shown(runs, len(plans), total, quiet=as_json)
    cut = _count(worlds, len(plans), total, report, began=began)
    seconds = time.monotonic() - began
    if as_json:
        told = plain(total, seconds) | {"finished": not cut}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2))
        print(flush=True)
    else:
        show(total, seconds, planned=len(plans))
    sys.exit(BROKEN if total.breaches else CUT if cut else 0)


def _become_compiled() -> None:
    """Start anew as the compiled simulation; where that cannot be made, go on as it is."""
    try:
        with Console(stderr=True).status("compiling the simulation, once for these sources"):
            folder = built()
    except CannotCompileError as why:
        click.echo(f"It runs interpreted, the same and slower: {why}.", err=True)
        return
    whole = [*command(folder), *sys.argv[1:]]
    os.execve(whole[0], whole, environment(folder))  # noqa: S606  a fixed command, no shell


def _count(
    worlds: Iterator[Ran], planned: int, total: Total, report: Report | None, *, began: float
) -> bool:
    """Count the worlds as they come, and report of them now and then; whether it was cut."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    written = time.monotonic()
    try:
        for ran in worlds:
            total.add(ran)
            if report and time.monotonic() - written >= REPORT_EVERY:
                written = time.monotonic()
                report.write(total, written - began, finished=False)
    except KeyboardInterrupt:  # what was counted until now is told
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
    cut = total.worlds < planned
    if report:
        report.write(total, time.monotonic() - began, finished=not cut)
    return cut


def _asked(plans: Sequence[Plan]) -> dict[str, object]:
    first, last = plans[0], plans[-1]
    return {
        "sources": of_sources(),
        "seeds": [first.seed, last.seed],
        "payments": first.payments,
        "days": first.days,
        "only": None if first.only is None else sorted(first.only),
        "calm": sorted(first.calmed),
        "accidents": first.accidents,
        "providers": list(first.providers),
        "nothing-wrong": bool(first.forced),
    }


def _plans(
    *,
    seed: int | None,
    seeds: range | None,
    only: frozenset[int] | None,
    calm: bool,
    accidents: int | None,
    **rest: Any,
) -> Sequence[Plan]:
    if (seed is None) == (seeds is None):
        raise click.UsageError("give --seed or --seeds")
    chosen = range(seed, seed + 1) if seed is not None else (seeds or range(0))
    forced = NOTHING_WRONG if calm else ()
    accidents = 0 if calm else accidents
    return [
        Plan(number, only=only, accidents=accidents, forced=forced, **rest) for number in chosen
    ]


def _tell(plan: Plan) -> int:
    outcome = run(plan, telling=True)
    sys.stdout.writelines(f"{line}\n" for line in outcome.story)
    sys.stdout.writelines(f"  => {breach}\n" for breach in outcome.found)
    return BROKEN if outcome.found else 0


if __name__ == "__main__":
    main(prog_name="lunas simulate")
