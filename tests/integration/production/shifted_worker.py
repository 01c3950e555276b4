"""`python -m …shifted_worker`: `lunas worker` whose clock is AHEAD_SECONDS ahead of the store's.

As after it was measured against a server whose clock was wrong, and another took its place.
"""

import os
import sys
from datetime import timedelta

from bootstrap import house, worker
from bootstrap.clock import StoreClock
from bootstrap.settings import read_settings

_right = house.StoreClock


def _ahead(horizon: timedelta, store_now: object) -> StoreClock:
    clock = _right(horizon, store_now)  # type: ignore[arg-type]  # handed on as it is
    clock._zero += timedelta(seconds=float(os.environ["AHEAD_SECONDS"]))
    return clock


if __name__ == "__main__":
    house.StoreClock = _ahead  # type: ignore[misc,assignment]  # the one place that makes it
    sys.exit(worker.run(read_settings()))
