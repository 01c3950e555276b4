"""How long and how often is measured, and what a measurement is given to work with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.house import House
from bench.load import Load, closed, opened
from bench.orders import creates
from bench.shop import ACCEPTED

LEAST_ROUNDS = 5
CLIENTS = 64
"""Of a closed model: enough to fill the server's 32 threads twice."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """`step` is told each thing that is about to be done."""

    folder: Path
    count: int
    seconds: float
    step: Callable[[str], None]
    quick: bool = False


async def saturate(house: House, seconds: float) -> Load:
    """Creates as fast as 64 clients can."""
    before = house.cpu_seconds("serve")
    load = await closed(
        house.port, creates(house.key), clients=CLIENTS, seconds=seconds, expected=ACCEPTED
    )
    load.server_seconds = house.cpu_seconds("serve") - before
    return load.check()


async def arrive(house: House, rate: float, seconds: float) -> Load:
    """Creates at this rate."""
    load = await opened(
        house.port, creates(house.key), rate=rate, seconds=seconds, expected=ACCEPTED
    )
    return load.check()


def rate_of(name: str, loads: Sequence[Load]) -> Figure:
    """How many a second."""
    return Figure(name, [load.rate for load in loads], "/s")


def p99_of(name: str, loads: Sequence[Load]) -> Figure:
    """How long the slowest hundredth takes, at least."""
    return Figure(name, [load.p(0.99) for load in loads], "ms")


def cpu_of(name: str, loads: Sequence[Load]) -> Figure:
    """What one answer costs the server: a figure that hardly depends on what else runs."""
    return Figure(name, [load.server_us for load in loads], "µs")
