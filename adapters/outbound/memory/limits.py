"""Rate limits of API clients within one process."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import final

from application.ports import Allowance, RateLimiter, RatePolicy

MOST_BUCKETS = 10_000
"""Buckets that are not full, at most; past that, all begin anew."""


@final
class MemoryRateLimiter(RateLimiter):
    """A token bucket for each client, as the moment at which it is full again."""

    def __init__(self, policy: RatePolicy, now: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._now = now
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}
        self._depth = policy.window.total_seconds()
        self._interval = self._depth / policy.burst

    @property
    def policy(self) -> RatePolicy:
        return self._policy

    def take(self, client_id: str) -> Allowance:
        with self._lock:
            now = self._now()
            full_at = max(self._full_at.get(client_id, now), now)
            taken = full_at + self._interval
            allowed = taken - now <= self._depth + 1e-6
            if allowed:
                self._make_room(client_id, now)
                self._full_at[client_id] = full_at = taken
        full_in = timedelta(seconds=full_at - now)
        return self._policy.allowance(allowed=allowed, full_in=full_in)

    def _make_room(self, client_id: str, now: float) -> None:
        if len(self._full_at) < MOST_BUCKETS or client_id in self._full_at:
            return
        self._full_at = {client: at for client, at in self._full_at.items() if at > now}
        if len(self._full_at) >= MOST_BUCKETS:
            self._full_at.clear()
