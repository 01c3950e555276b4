"""The sandbox's own time: it runs like any clock and can be moved forward."""

import time
from datetime import UTC, datetime, timedelta

FURTHEST = timedelta(days=366)


class VirtualClock:
    """Steady time since the start, plus what it was moved; the host's clock may change."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self._mark = time.monotonic()
        self.offset = timedelta()

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return self._started + timedelta(seconds=time.monotonic() - self._mark) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move on. Raises ValueError when that leads further than `FURTHEST` from real time."""
        if by < timedelta() or self.offset + by > FURTHEST:
            raise ValueError(f"the clock moves forward, in all at most {FURTHEST.days} days")
        self.offset += by

    def restore(self) -> None:
        """Go back to real time; only for a wallet that has just forgotten everything."""
        self.offset = timedelta()
