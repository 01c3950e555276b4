"""What Redis costs and gives: a limit for each request, and a push that need not wait for a scan.

The adapters alone, over a store in memory; API and dispatcher have lines of their own in one
process. Redis is a `redis-server` on the PATH, or the one beside this Python.
"""

import asyncio
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.inbound.dispatcher.wake import Alarm
from adapters.outbound.memory.limits import MemoryRateLimiter
from adapters.outbound.redis.bell import RedisBell
from adapters.outbound.redis.limits import RedisRateLimiter
from adapters.outbound.redis.line import RedisLine
from adapters.outbound.signal.local import LocalSignal
from application.ports import RatePolicy
from bench.figures import Bound, Figure, Measured, percentile
from bench.house import free_port
from bench.rounds import Rounds

SCAN_EVERY = timedelta(milliseconds=500)
"""As shipped."""
RINGS, LONGEST_REST = 40, 0.3
TAKES, QUICK_TAKES = 20_000, 2_000
WIDE, NARROW = RatePolicy(1_000, 100_000), RatePolicy(1e6, 49)
"""Two buckets that are never empty: one that gives many by one question, one that does not."""
STARTS_WITHIN = 10.0
MICRO, MILLI = 1e6, 1e3
_BOUNDS = {f"push waits, Redis {how}, p99": Bound(most=1_000) for how in ("hung", "away")}


@dataclass(slots=True)
class _Server:
    """A Redis that keeps nothing, and may be hung and ended."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"


@contextmanager
def _a_server(folder: Path) -> Iterator[_Server]:
    program = shutil.which("redis-server") or str(Path(sys.executable).parent / "redis-server")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([program, "--port", str(port), *options], stdout=quiet, stdin=quiet)
    try:
        end = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < end, "redis-server does not start"
                time.sleep(0.02)
        yield _Server(port, process)
    finally:
        process.kill()
        process.wait()


class _Sleeper:
    """The way a dispatcher's lane sleeps: until it is rung, or until it is time to look."""

    def __init__(self, bell: RedisBell) -> None:
        self._bell = bell
        self._alarm = Alarm()
        self.due: asyncio.Future[float] | None = None

    async def run(self) -> None:
        """Look, and sleep; what is due is found at a look."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._bell.fileno(), self._rung)
        try:
            while True:
                if self.due is not None and not self.due.done():
                    self.due.set_result(time.perf_counter())
                await self._alarm.sleep(SCAN_EVERY.total_seconds())
        finally:
            loop.remove_reader(self._bell.fileno())

    def _rung(self) -> None:
        self._bell.drain()
        self._alarm.ring()


async def redis(rounds: Rounds) -> Measured:
    """Redis: what a limit costs a request, and how long a push waits with and without it."""
    costs: dict[str, list[float]] = {}
    waits: dict[str, list[float]] = {}
    for number in range(rounds.count):
        rounds.step(f"redis: round {number + 1}")
        with _a_server(rounds.folder) as server:
            await _round(server, costs, waits, quick=rounds.quick)
    return Measured(
        [
            *(Figure(name, waited, "ms", _BOUNDS.get(name)) for name, waited in waits.items()),
            *(Figure(name, cost, "µs", note="CPU of the process") for name, cost in costs.items()),
        ]
    )


async def _round(
    server: _Server, costs: dict[str, list[float]], waits: dict[str, list[float]], *, quick: bool
) -> None:
    lines = [RedisLine(server.url) for _ in range(2)]
    api, worker = (RedisBell(line, LocalSignal()) for line in lines)
    memory, wide, narrow = (
        MemoryRateLimiter(WIDE),
        RedisRateLimiter(lines[0], WIDE, MemoryRateLimiter(WIDE)),
        RedisRateLimiter(lines[0], NARROW, MemoryRateLimiter(NARROW)),
    )
    while not worker.hears:  # noqa: ASYNC110  a thread of its own tells it
        await asyncio.sleep(0.01)
    turns = QUICK_TAKES if quick else TAKES

    def cost(name: str, call: Callable[[], object], times: int = turns) -> None:
        costs.setdefault(name, []).append(_cost(call, times))

    cost("take: in memory", lambda: memory.take("cli_1"))
    cost("take: Redis, a big bucket", lambda: wide.take("cli_1"))
    cost("take: Redis, one by one", lambda: narrow.take("cli_1"), turns // 10)
    cost("ring: Redis there", lambda: api.wake("pay_1"))
    sleeper = _Sleeper(worker)
    sleeping = asyncio.create_task(sleeper.run())
    for name, happens in (("there", None), ("hung", signal.SIGSTOP), ("away", signal.SIGKILL)):
        if happens is not None:
            server.process.send_signal(happens)
        found = sorted([await _waited(api, sleeper) for _ in range(5 if quick else RINGS)])
        for told, share in (("half", 0.5), ("p99", 0.99)):
            waits.setdefault(f"push waits, Redis {name}, {told}", []).append(
                percentile(found, share) * MILLI
            )
    sleeping.cancel()
    await asyncio.wait([sleeping])
    cost("take: Redis away", lambda: wide.take("cli_1"))
    cost("ring: Redis away", lambda: api.wake("pay_1"))
    for bell, line in ((api, lines[0]), (worker, lines[1])):
        bell.close()
        line.close()


async def _waited(api: RedisBell, sleeper: _Sleeper) -> float:
    """Seconds from a ring, at any moment, until the lane looks."""
    await asyncio.sleep(random.uniform(0, LONGEST_REST))
    sleeper.due = asyncio.get_running_loop().create_future()
    began = time.perf_counter()
    api.wake("pay_1")
    return await sleeper.due - began


def _cost(call: Callable[[], object], times: int) -> float:
    """Microseconds of CPU that one call takes this process, its threads included."""
    call()
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times * MICRO
