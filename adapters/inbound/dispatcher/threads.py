"""The few threads in which the dispatcher's decisions are made, so that its loop never waits."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 9
"""Claims, questions, records, relays, deliveries, copies, notifications, upkeep and heartbeat."""


class Threads:
    """Runs a use case beside the loop; at most THREADS at once, the rest queue behind."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="decide")

    def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Await the call's result."""
        work = partial(call, *args, **kwargs)
        return asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()
