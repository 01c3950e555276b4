"""Not outliving the process that started us."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""Source: prctl(2); Linux only."""


def end_with_parent(how: signal.Signals) -> None:
    """Be sent this signal when the parent dies; elsewhere than on Linux it does nothing."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() == 1 and os.getpid() != 1 and "LUNAS_SUPERVISED" in os.environ:
        os.kill(os.getpid(), how)
