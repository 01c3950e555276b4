"""Going on a little later when Elasticsearch asks for less."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from adapters.outbound.search.calls import IndexBusy

T = TypeVar("T")
Sleep = Callable[[float], None]
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0.1, 0.3, 1, 2, 4, 8, 8, 8))
"""Half a minute in all: a node that is short of memory, or has its queues full, is over it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Makes a call again after each of these pauses, for as long as it is refused as too much."""

    sleep: Sleep = time.sleep
    pauses: Sequence[timedelta] = PAUSES

    def __call__(self, call: Callable[[], T]) -> T:
        """What the call returns, or raises in the end: IndexBusy when every pause was in vain."""
        for pause in self.pauses:
            try:
                return call()
            except IndexBusy:
                self.sleep(pause.total_seconds())
        return call()
