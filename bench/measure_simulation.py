"""The simulation: payments that live a whole life among faults, per second of one core."""

from bench.figures import Bound, Figure, Measured
from bench.rounds import Rounds
from simulation.many import Total, run_timed
from simulation.run import Plan

WORLDS = range(1, 25)
PAYMENTS = 100


async def simulation(rounds: Rounds) -> Measured:
    """Simulated payments with every fault of their worlds, per CPU second of one process."""
    worlds = WORLDS[:3] if rounds.quick else WORLDS
    totals = []
    for number in range(rounds.count):
        total = Total()
        for seed in worlds:
            rounds.step(f"simulation: world {seed}, round {number + 1}")
            total.add(run_timed(Plan(seed, payments=PAYMENTS)))
        totals.append(total)
    return Measured(
        [
            Figure(
                "simulated payments",
                [total.payments_per_cpu_second for total in totals],
                "/s",
                bound=Bound(least=2_000),
                note=f"CPU seconds of one core; the worlds of seeds {worlds[0]} to {worlds[-1]},"
                f" {PAYMENTS} payments each and the orders that follow them",
            ),
            Figure("steps of a payment", [total.steps / total.payments for total in totals]),
            Figure(
                "broken invariants",
                [float(sum(total.breaches.values())) for total in totals],
                bound=Bound(most=0),
            ),
        ],
        {"worlds": len(worlds), "payments a round": totals[0].payments},
    )
