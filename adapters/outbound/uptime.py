"""The clock that no step of the system's time moves: wire and processes read the same one."""

import sys
import time
from datetime import timedelta


def uptime() -> timedelta:
    """Time since boot, suspended time included (Linux CLOCK_BOOTTIME; elsewhere monotonic)."""
    if sys.platform == "linux":
        return timedelta(microseconds=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000)
    return timedelta(seconds=time.monotonic())
