"""Importing a library without what it takes along only where that happens to be installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

TAKEN_ALONG = ("rich", "pygments", "yaml", "greenlet")
"""By structlog and httpx for terminals in colour, by dependency-injector, by werkzeug."""
TAKEN_BY_THE_CONTAINER = ("fast_depends", "fastapi", "starlette", "werkzeug", "yaml")
"""By dependency-injector, for its wiring and its configuration files, of which we use neither."""
TAKEN_BY_HTTPX = ("pygments",)
"""For a command line of its own, which it leaves out where it has no colours."""


@contextmanager
def kept_out(*names: str) -> Iterator[None]:
    """Let these modules be as if they were not installed, while the body imports others.

    For those that an imported library can do without, and tries to import. What has been imported
    before stays; afterwards they can be imported by whoever needs them.
    """
    blocked = [name for name in names if name not in sys.modules]
    # This is how Python spells it: an import of such a name raises ModuleNotFoundError.
    sys.modules.update(dict.fromkeys(blocked))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in blocked:
            if sys.modules[name] is None:
                del sys.modules[name]
