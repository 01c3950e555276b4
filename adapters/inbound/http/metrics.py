"""Counters of requests and a gauge of waiters, in one process or in many."""

import os
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"})
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""Where processes share their numbers; prometheus_client itself reads it when first imported."""


class HttpMetrics:
    """What the API counts, in the registry that /metrics shows."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._requests = Counter(
            "lunas_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "lunas_http_request_seconds",
            "From the request's arrival until its answer is ready.",
            ["method", "route"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._waiters = Gauge(
            "lunas_http_waiters",
            "Callers waiting for a payment to change.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._notified = Counter(
            "lunas_notifications_received",
            "Notifications that came: stored, too large, or turned away to be repeated.",
            ["provider", "result"],
            registry=registry,
        )
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: Sequence[float]) -> None:
        """Count answers of one kind. `route` is the template of a route, never a path."""
        kind = (method, route, status)
        children = self._answered.get(kind)
        if children is None:
            known = method if method in _METHODS else "OTHER"
            children = (
                self._requests.labels(known, route, str(status)),
                self._seconds.labels(known, route),
            )
            if known == method:
                self._answered[kind] = children
        count, histogram = children
        count.inc(len(seconds))
        observe(histogram, seconds)

    def waiting(self, change: int) -> None:
        """One more or one less caller waits."""
        self._waiters.inc(change)

    def notified(self, provider: str, result: str) -> None:
        """A notification came from that provider, one of those that are known here."""
        self._notified.labels(provider, result).inc()

    def page(self) -> bytes:
        """All numbers of this process, or of all processes where they share a directory."""
        if os.environ.get(MULTIPROCESS):
            registry = CollectorRegistry()
            # prometheus_client leaves this class without types.
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry)


def observe(histogram: Histogram, values: Sequence[float]) -> None:
    """What `observe` does for each value, with one write for each bucket: they are shared files.

    The library takes one value at a time only, so its own places are written; a test compares.
    """
    histogram._sum.inc(sum(values))
    bounds = histogram._upper_bounds
    for place, count in Counts(bisect_left(bounds, value) for value in values).items():
        histogram._buckets[place].inc(count)
