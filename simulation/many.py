"""Many worlds, one after the other or on several cores, and what they come to."""

import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from multiprocessing import get_context

from application.invariants import Breach
from simulation.run import Outcome, Plan, run

_BEGUN_BY = "fork" if sys.platform == "linux" else "spawn"
"""How multiprocessing begins a process: with what is imported here, where that is safe."""
AHEAD = 8
"""Worlds that wait for each process: none idles, and few are lost when it is interrupted."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One world's outcome and the CPU seconds that it took."""

    outcome: Outcome
    cpu_seconds: float


@dataclass(slots=True)
class Total:
    """What many worlds come to."""

    worlds: int = 0
    payments: int = 0
    steps: int = 0
    cpu_seconds: float = 0.0
    breaches: Counter[tuple[int, str]] = field(default_factory=Counter)
    failing: dict[tuple[int, str], Outcome] = field(default_factory=dict)
    histories: str = ""
    """A digest of what was told, in the order of the worlds; empty unless they tell."""

    def add(self, ran: Ran) -> None:
        """Count a world; of each kind of breach the first world is kept."""
        outcome = ran.outcome
        self.worlds += 1
        self.payments += outcome.payments
        self.steps += outcome.steps
        self.cpu_seconds += ran.cpu_seconds
        if outcome.story:
            told = "\n".join((self.histories, *outcome.story, *map(str, outcome.found)))
            self.histories = sha256(told.encode()).hexdigest()
        for kind in map(kind_of, outcome.found):
            self.breaches[kind] += 1
            self.failing.setdefault(kind, outcome)

    @property
    def payments_per_cpu_second(self) -> float:
        """On one core."""
        return self.payments / self.cpu_seconds if self.cpu_seconds else 0.0


def kind_of(breach: Breach) -> tuple[int, str]:
    """The invariant's number and name."""
    return breach.number, breach.name


def run_timed(plan: Plan, *, telling: bool = False) -> Ran:
    """Run one world, and count the CPU seconds of this process."""
    began = time.process_time()
    outcome = run(plan, telling=telling)
    return Ran(outcome, time.process_time() - began)


def run_all(plans: Sequence[Plan], jobs: int, *, telling: bool = False) -> Iterator[Ran]:
    """Each world's outcome, in the order of the plans however many processes run them.

    The processes are there when this returns, before the caller begins threads of its own.
    """
    run_one = partial(run_timed, telling=telling)
    if jobs == 1 or len(plans) < 2:
        return map(run_one, plans)
    pool = ProcessPoolExecutor(
        min(jobs, len(plans)),
        mp_context=get_context(_BEGUN_BY),
        initializer=_leave_it_to_the_first,
    )
    pool.submit(_leave_it_to_the_first)  # with the first work all processes are begun
    return _on_many(pool, run_one, _batches(plans, jobs * AHEAD))


def _on_many(
    pool: ProcessPoolExecutor, run_one: Callable[[Plan], Ran], batches: Iterable[Sequence[Plan]]
) -> Iterator[Ran]:
    with pool:
        for some in batches:
            yield from pool.map(run_one, some)


def _leave_it_to_the_first() -> None:
    """An interrupt from the keyboard is said to every process; the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _batches(plans: Sequence[Plan], size: int) -> Iterable[Sequence[Plan]]:
    return (plans[start : start + size] for start in range(0, len(plans), size))
