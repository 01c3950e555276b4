"""The clock of one process: the store's time, carried on by the boot clock."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import final

from adapters.outbound.uptime import uptime
from domain.moment import Moment

TOLERATED = timedelta(seconds=2.5)
"""A measurement further off than this is not followed at once, and work stops meanwhile."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Names this boot of this machine; where the system does not say, this process alone."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return secrets.token_hex(16)


@final
class StoreClock:
    """Reads wall and boot clock together; a step of the system's clock is not seen in between.

    When a measurement is more than TOLERATED off, `trouble` says so until the new time has held for
    one horizon; then it is taken.
    """

    def __init__(
        self,
        horizon: timedelta,
        store_now: datetime | None = None,
        *,
        read_uptime: Callable[[], timedelta] | None = None,
        boot: str | None = None,
    ) -> None:
        self._horizon = horizon
        self._uptime = read_uptime or uptime
        self._boot = boot or boot_id()
        self._lock = threading.Lock()
        self._zero = (store_now or datetime.now(UTC)) - self._uptime()
        self._off_since: timedelta | None = None
        self._off = timedelta(0)

    def __call__(self) -> Moment:
        now = self._uptime()
        return Moment(self._zero + now, self._boot, now)

    def utc(self) -> datetime:
        """The wall time alone."""
        return self().at

    def measure(self, store_now: datetime) -> None:
        """Compare with the store's clock, read just before."""
        with self._lock:
            now = self._uptime()
            self._off = store_now - (self._zero + now)
            if abs(self._off) <= TOLERATED:
                self._off_since = None
                self._zero = store_now - now
            elif self._off_since is None:
                self._off_since = now
            elif now - self._off_since >= self._horizon:
                self._off_since = None
                self._zero = store_now - now

    def trouble(self) -> str | None:
        """Why nothing may be claimed or concluded by this clock now, or None."""
        if self._off_since is None:
            return None
        return f"the clock is {self._off.total_seconds():.1f} s off the store's"
