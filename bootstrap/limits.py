"""What the operating system lets one process hold open."""

import resource

SPARE_FILES = 500
"""Open files kept for everything but calls; nothing is admitted beyond the limit less these."""


def raise_file_limit() -> int:
    """Raise the soft limit of open files to the hard one; tells what it is now."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def calls_that_fit(width: int, files: int) -> int:
    """As many of `width` calls as the open-file limit leaves room for, at least one."""
    return max(1, min(width, files - SPARE_FILES))
