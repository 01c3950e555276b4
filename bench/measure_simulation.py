"""The simulation: payments that live a whole life among faults, per second of one core."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from bench.figures import Bound, Figure, Measured
from bench.rounds import Rounds
from simulation.many import Total, run_timed
from simulation.mixing import OVO
from simulation.native.build import (
    EFFORT,
    PROFILED,
    CannotCompileError,
    built,
    command,
    environment,
    found,
    has_gcc,
)
from simulation.run import Plan
from simulation.switches import NOTHING_WRONG

WORLDS = range(1, 25)
PAYMENTS = 100
LEAST = 2_000
"""Payments per second of one core that are wanted."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process told of its worlds."""

    payments: int
    payments_per_cpu_second: float
    breaches: int


async def simulation(rounds: Rounds) -> Measured:
    """Simulated payments per CPU second of one process: with every fault, and with none."""
    worlds = WORLDS[:3] if rounds.quick else WORLDS
    faulty = [Plan(seed, payments=PAYMENTS, providers=(OVO,)) for seed in worlds]
    calm = [replace(plan, forced=NOTHING_WRONG, accidents=0) for plan in faulty]
    empty = [replace(plan, payments=1) for plan in faulty]
    with_faults, without, alone = [], [], []
    folder, why = _compiled(rounds)
    fast: list[Ran] = []
    fast_calm: list[Ran] = []
    for number in range(rounds.count):  # interleaved: what else the machine does strikes all alike
        rounds.step(f"simulation: round {number + 1}")
        with_faults.append(_run(faulty))
        without.append(_run(calm))
        alone.append(_run(empty))
        if folder:
            fast.append(_run_compiled(folder, worlds))
            fast_calm.append(_run_compiled(folder, worlds, "--nothing-wrong"))
    found_all = sum(sum(total.breaches.values()) for total in [*with_faults, *without, *alone])
    found_all += sum(ran.breaches for ran in [*fast, *fast_calm])
    of = f"the worlds of seeds {worlds[0]} to {worlds[-1]}, {PAYMENTS} payments each"
    return Measured(
        [
            *_compiled_figures(fast, fast_calm, of),
            Figure(
                "simulated payments, all faults, interpreted",
                [total.payments_per_cpu_second for total in with_faults],
                "/s",
                bound=None if fast else Bound(least=LEAST),
                note=f"CPU seconds of one core; {of} and the orders that follow them",
            ),
            Figure(
                "simulated payments, nothing wrong, interpreted",
                [total.payments_per_cpu_second for total in without],
                "/s",
                note=f"the same without a fault, an accident or a second order: {of}",
            ),
            Figure("steps of a payment, all faults", [t.steps / t.payments for t in with_faults]),
            Figure("steps of a payment, nothing wrong", [t.steps / t.payments for t in without]),
            Figure(
                "a world of one payment, interpreted",
                [1_000 * total.cpu_seconds / total.worlds for total in alone],
                "ms",
                note="what a world costs whatever happens in it: nine days, their judges",
            ),
            Figure("broken invariants", [float(found_all)], bound=Bound(most=0)),
        ],
        {
            "worlds": len(worlds),
            "payments a round": with_faults[0].payments,
            "compiled": "yes" if folder else f"no: {why}",
        },
    )


def _compiled_figures(fast: Sequence[Ran], calm: Sequence[Ran], of: str) -> list[Figure]:
    if not fast:
        return []
    return [
        Figure(
            "simulated payments, all faults, compiled",
            [ran.payments_per_cpu_second for ran in fast],
            "/s",
            bound=Bound(least=LEAST),
            note=f"the same worlds as machine code (`--compiled`; {_effort()}): {of}",
        ),
        Figure(
            "simulated payments, nothing wrong, compiled",
            [ran.payments_per_cpu_second for ran in calm],
            "/s",
        ),
    ]


def _effort() -> str:
    return f"`{EFFORT}={os.environ[EFFORT]}`" if EFFORT in os.environ else "as by default"


def _run(plans: Sequence[Plan]) -> Total:
    total = Total()
    for plan in plans:
        total.add(run_timed(plan))
    return total


def _compiled(rounds: Rounds) -> tuple[Path | None, str]:
    """The compiled simulation, or why there is none; a quick look takes only what is there.

    Where gcc can, it is compiled by what it counted of itself, as for a long run.
    """
    if has_gcc():
        os.environ.setdefault(EFFORT, PROFILED)
    if rounds.quick:
        return found(), "not made before"
    rounds.step("simulation: compiling")
    try:
        return built(), ""
    except CannotCompileError as why:
        return None, str(why)


def _run_compiled(folder: Path, worlds: range, *more: str) -> Ran:
    asked = [
        "--seeds", f"{worlds[0]}-{worlds[-1]}", "--payments", str(PAYMENTS),
        "--providers", "ovo_push", "--jobs", "1", "--json", *more,
    ]  # fmt: skip
    ran = subprocess.run(
        [*command(folder), *asked], env=environment(folder), capture_output=True, check=False
    )
    told = orjson.loads(ran.stdout)
    return Ran(
        told["payments"],
        told["payments_per_cpu_second"],
        sum(breach["count"] for breach in told["breaches"]),
    )
