"""The simulation: payments that live a whole life among faults, per second of one core."""

from collections.abc import Sequence
from dataclasses import replace

from bench.figures import Bound, Figure, Measured
from bench.rounds import Rounds
from simulation.many import Total, run_timed
from simulation.run import Plan
from simulation.switches import NOTHING_WRONG

WORLDS = range(1, 25)
PAYMENTS = 100
LEAST = 2_000
"""Payments per second of one core that are wanted."""


async def simulation(rounds: Rounds) -> Measured:
    """Simulated payments per CPU second of one process: with every fault, and with none."""
    worlds = WORLDS[:3] if rounds.quick else WORLDS
    faulty = [Plan(seed, payments=PAYMENTS) for seed in worlds]
    calm = [replace(plan, forced=NOTHING_WRONG, accidents=0) for plan in faulty]
    empty = [replace(plan, payments=1) for plan in faulty]
    with_faults, without, alone = [], [], []
    for number in range(rounds.count):  # interleaved: what else the machine does strikes all alike
        rounds.step(f"simulation: round {number + 1}")
        with_faults.append(_run(faulty))
        without.append(_run(calm))
        alone.append(_run(empty))
    found = [*with_faults, *without, *alone]
    of = f"the worlds of seeds {worlds[0]} to {worlds[-1]}, {PAYMENTS} payments each"
    return Measured(
        [
            Figure(
                "simulated payments, all faults",
                [total.payments_per_cpu_second for total in with_faults],
                "/s",
                bound=Bound(least=LEAST),
                note=f"CPU seconds of one core; {of} and the orders that follow them",
            ),
            Figure(
                "simulated payments, nothing wrong",
                [total.payments_per_cpu_second for total in without],
                "/s",
                note=f"the same without a fault, an accident or a second order: {of}",
            ),
            Figure("steps of a payment, all faults", [t.steps / t.payments for t in with_faults]),
            Figure("steps of a payment, nothing wrong", [t.steps / t.payments for t in without]),
            Figure(
                "a world of one payment",
                [1_000 * total.cpu_seconds / total.worlds for total in alone],
                "ms",
                note="what a world costs whatever happens in it: nine days, their judges",
            ),
            Figure(
                "broken invariants",
                [float(sum(sum(total.breaches.values()) for total in found))],
                bound=Bound(most=0),
            ),
        ],
        {"worlds": len(worlds), "payments a round": with_faults[0].payments},
    )


def _run(plans: Sequence[Plan]) -> Total:
    total = Total()
    for plan in plans:
        total.add(run_timed(plan))
    return total
