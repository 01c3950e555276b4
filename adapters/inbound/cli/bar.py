"""A bar for long work, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONG = 2_000
"""Things from which on a bar is shown."""


def _shown_nowhere(done: int, of: int) -> None:
    pass


@contextmanager
def bar(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, once there is much to look at."""
    if quiet or not sys.stderr.isatty():
        yield _shown_nowhere
        return
    from rich.console import Console  # noqa: PLC0415 - keeps `lunas --help` quick
    from rich.progress import Progress  # noqa: PLC0415 - the same

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None, visible=False)

        def step(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of, visible=of >= LONG)

        yield step
