"""What a house costs that does little: memory, and the time of its second start."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from uuid import uuid4

from bench.figures import Bound, Figure, Measured
from bench.house import (
    READY_WITHIN,
    ROOT,
    House,
    a_folder_house,
    a_house,
    call,
    children,
    pss_bytes,
    rss_bytes,
)
from bench.orders import PATH, order, usual_phone
from bench.rounds import LEAST_ROUNDS, Rounds

MEGABYTE = 1e6
REQUESTS = 20
READY = b"Lunas is ready."


async def memory(rounds: Rounds) -> Measured:
    """Resident memory after a few requests."""
    parents: list[float] = []
    workers: list[float] = []
    fair: list[float] = []
    dispatchers: list[float] = []
    for number in range(min(rounds.count, LEAST_ROUNDS)):
        rounds.step(f"memory: house {number + 1}")
        with a_house(rounds.folder / f"memory-{number}") as house:
            await asyncio.to_thread(_used_a_little, house)
            api = house.processes["serve"].pid
            parents.append(rss_bytes(api) / MEGABYTE)
            workers.append(sum(rss_bytes(child) for child in children(api)) / MEGABYTE)
            fair.append(sum(pss_bytes(each) for each in (api, *children(api))) / MEGABYTE)
            dispatchers.append(rss_bytes(house.processes["worker"].pid) / MEGABYTE)
    both = [a + b for a, b in zip(parents, workers, strict=True)]
    shared = "resident; pages that parent and worker share count twice"
    once = "pages that several processes share are divided among them (PSS)"
    return Measured(
        [
            Figure("API, parent and worker", both, "MB", Bound(most=120), shared),
            Figure("dispatcher", dispatchers, "MB", Bound(most=120), "resident"),
            Figure("API, shared pages counted once", fair, "MB", note=once),
            Figure("API's parent (granian)", parents, "MB"),
            Figure("API's worker", workers, "MB"),
        ]
    )


def _used_a_little(house: House) -> None:
    house.start_sandbox()
    house.start_api()
    house.start_worker()
    for number in range(REQUESTS):
        call(house.port, "POST", PATH, order(uuid4().hex, usual_phone(number)), house.key)
    time.sleep(3.0)


async def start(rounds: Rounds) -> Measured:
    """`lunas up` until it says that it is ready, in a folder that a first start has laid."""
    with a_folder_house(rounds.folder / "start") as house:
        rounds.step("start: the first")
        first = await asyncio.to_thread(_seconds_until_ready, house)
        seconds = []
        for number in range(rounds.count):
            rounds.step(f"start: again, round {number + 1}")
            seconds.append(await asyncio.to_thread(_seconds_until_ready, house))
    return Measured(
        [
            Figure("lunas up, second start", seconds, "s", Bound(most=3)),
            Figure("lunas up, first start", [first], "s"),
        ]
    )


def _seconds_until_ready(house: House) -> float:
    began = time.perf_counter()
    up = subprocess.Popen(
        [sys.executable, "-m", "bootstrap", "up"],
        env=house.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )
    assert up.stdout is not None
    watchdog = threading.Timer(READY_WITHIN, up.kill)
    watchdog.start()
    try:
        ready = any(READY in line for line in up.stdout)
        seconds = time.perf_counter() - began
    finally:
        watchdog.cancel()
        up.send_signal(signal.SIGTERM)
        up.wait(20)
        up.stdout.close()
    if not ready:
        raise RuntimeError("`lunas up` ended before it was ready")
    return seconds
