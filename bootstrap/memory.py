"""Memory that only the start of a process needed."""

import ctypes
import gc


def give_back() -> None:
    """Return it to the system, where the C library can; what stays is never searched again."""
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
