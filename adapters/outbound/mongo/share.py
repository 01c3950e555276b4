"""Which of the due records a worker takes first, so that several hardly ever want the same one.

Each record is in a shard, by chance and for ever, and the workers that live and are well share the
shards out by their names' order: a *share*. What is due is taken from the own share first, the
oldest first. Where that leaves room, records of others' shares follow which nobody has taken for
GRACE, from a place of chance among them. So nothing waits for a worker that is full or lost for
longer than GRACE, and compare-and-set decides wherever two want the same one all the same.
A store that no worker beats through, or whose worker is alone, has one share: everything.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.mongo.connection import Document
from adapters.outbound.mongo.documents import SHARDS

GRACE = timedelta(seconds=1)
"""How long a due record is its share's alone."""
LOOKED_UP_EVERY_SECONDS = 1.0
"""How often the living workers are asked for."""
WINDOW = 8
"""How many times the room is looked at among others' records, for a choice by chance."""

Read = Callable[[Document, datetime, int], list[Document]]
"""Due records that meet a condition too, until a time, at most so many; the first due first."""


@final
class Share:
    """This process's share of the work."""

    def __init__(self, alive: Callable[[], Sequence[str]]) -> None:
        """`alive` names the workers that live and take on work."""
        self._alive = alive
        self._worker: str | None = None
        self._door = threading.Lock()
        self._until = 0.0
        self._bounds: tuple[int, int] | None = None

    def works_for(self, worker: str) -> None:
        """The worker of this process, told by its heartbeat."""
        if worker != self._worker:
            self._worker, self._until = worker, 0.0

    def bounds(self) -> tuple[int, int] | None:
        """The shards of this worker, from one to before another; None for all of them."""
        if self._worker is None:
            return None
        with self._door:
            now = time.monotonic()
            if now >= self._until:
                self._bounds = _share(self._worker, sorted(self._alive()))
                self._until = now + LOOKED_UP_EVERY_SECONDS
            return self._bounds

    def first(self, read: Read, at: datetime, limit: int) -> list[Document]:
        """At most so many due records: this share's, then what others have left for too long."""
        bounds = self.bounds()
        if bounds is None:
            return read({}, at, limit)
        first, end = bounds
        found = read({"shard": {"$gte": first, "$lt": end}}, at, limit)
        room = limit - len(found)
        if room > 0:
            elsewhere: Document = {"$or": [{"shard": {"$lt": first}}, {"shard": {"$gte": end}}]}
            left = read(elsewhere, at - GRACE, WINDOW * room)
            found += random.sample(left, min(room, len(left)))
        return found


def _share(worker: str, alive: Sequence[str]) -> tuple[int, int] | None:
    """An even part of the shards for each; None for a worker that is alone, or unheard of yet."""
    if worker not in alive or len(alive) == 1:
        return None
    place, count = alive.index(worker), len(alive)
    return SHARDS * place // count, SHARDS * (place + 1) // count
