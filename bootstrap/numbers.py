"""The page of a worker's own numbers.

The processes of one machine share their counters by files; then all of them are on it.
"""

import os

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from bootstrap.metrics import VARIABLE


def numbers(registry: CollectorRegistry) -> bytes:
    """All numbers of this process, or of all that share a folder with it, as Prometheus reads."""
    if not os.environ.get(VARIABLE):
        return generate_latest(registry)
    shared = CollectorRegistry()
    # prometheus_client leaves this class without types.
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return generate_latest(shared)
