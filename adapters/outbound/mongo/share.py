"""Which of the due records a worker takes first, so that several hardly ever want the same one.

Each record is in a shard, by chance and for ever, and the workers that live and are well share the
shards out by their names' order: a *share*. What is due is taken from the own share first, the
oldest first. Where that leaves room, a worker watches what others have left, and takes what it has
seen waiting: after WATCHED where it is the *deputy*, whom each shard has besides its owner, and not
from the front, where the owner goes on taking; after FORGOTTEN whatever it is. So nothing waits for
a worker that is full or slow for much longer than FORGOTTEN while another has room, those who work
do not meet, and compare-and-set decides wherever two want the same one all the same.
A store that no worker beats through, or whose worker is alone, has one share: everything.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.mongo.connection import Document
from adapters.outbound.mongo.documents import SHARDS, shard_of

GRACE = timedelta(seconds=1)
"""How long a due record is not even looked at by others."""
WATCHED_SECONDS, FORGOTTEN_SECONDS = 2.0, 5.0
"""How long it must be seen waiting before its deputy takes it, and before anybody does."""
UNSEEN_SECONDS = 10.0
"""After so long without a look at it, it is seen for the first time again."""
MOST_SEEN = 16_384
"""Records watched; past that, all are."""
LOOKED_UP_EVERY_SECONDS = 1.0
"""How often the living workers are asked for."""
WINDOW = 8
"""How many times the room is looked at among others' records, for a choice by chance."""

Read = Callable[[Document, datetime, int], list[Document]]
"""Due records that meet a condition too, until a time, at most so many; the first due first."""


@final
class Share:
    """This process's share of the work."""

    def __init__(
        self, alive: Callable[[], Sequence[str]], uptime: Callable[[], float] = time.monotonic
    ) -> None:
        """`alive` names the workers that live and take on work."""
        self._alive = alive
        self._uptime = uptime
        self._worker: str | None = None
        self._door = threading.Lock()
        self._until = 0.0
        self._place: tuple[int, int] | None = None
        self._seen: dict[str, tuple[float, float]] = {}  # by id, the first and the last look

    def works_for(self, worker: str) -> None:
        """The worker of this process, told by its heartbeat."""
        if worker != self._worker:
            self._worker, self._until = worker, 0.0

    def place(self) -> tuple[int, int] | None:
        """Which of how many workers this one is, from 0; None where it takes everything."""
        if self._worker is None:
            return None
        with self._door:
            now = self._uptime()
            if now >= self._until:
                self._place = _place(self._worker, sorted(self._alive()))
                self._until = now + LOOKED_UP_EVERY_SECONDS
            return self._place

    def first(self, read: Read, at: datetime, limit: int) -> list[Document]:
        """At most so many due records: this share's, then what others leave waiting."""
        place = self.place()
        if place is None:
            return read({}, at, limit)
        first, end = bounds(*place)
        found = read({"shard": {"$gte": first, "$lt": end}}, at, limit)
        room = limit - len(found)
        if room > 0:
            elsewhere: Document = {"$or": [{"shard": {"$lt": first}}, {"shard": {"$gte": end}}]}
            left = self._waiting(read(elsewhere, at - GRACE, WINDOW * room), *place)
            found += random.sample(left, min(room, len(left)))
        return found

    def _waiting(self, left: Sequence[Document], place: int, count: int) -> list[Document]:
        """What of others' records this worker may take: it has seen them waiting for long enough.

        The owner takes from the front of them: its deputies keep to the rest.
        """
        waited = self._watch([document["_id"] for document in left])
        front = len(left) // 2
        return [
            document
            for number, (document, seconds) in enumerate(zip(left, waited, strict=True))
            if seconds >= FORGOTTEN_SECONDS
            or (
                seconds >= WATCHED_SECONDS
                and number >= front
                and deputy(shard_of(document["_id"]), count) == place
            )
        ]

    def _watch(self, ids: Sequence[str]) -> Sequence[float]:
        """For how many seconds each has been seen waiting."""
        with self._door:
            now = self._uptime()
            known = {} if len(self._seen) > MOST_SEEN else self._seen
            self._seen = {i: s for i, s in known.items() if now - s[1] <= UNSEEN_SECONDS}
            for id_ in ids:
                first, _ = self._seen.get(id_, (now, now))
                self._seen[id_] = first, now
            return [now - self._seen[id_][0] for id_ in ids]


def bounds(place: int, count: int) -> tuple[int, int]:
    """The shards of a worker, from one to before another: an even part for each."""
    return SHARDS * place // count, SHARDS * (place + 1) // count


def deputy(shard: int, count: int) -> int:
    """Who of `count` workers, of two or more, stands in for the owner of a shard: never itself."""
    owner = next(place for place in range(count) if shard < bounds(place, count)[1])
    return (owner + 1 + shard % (count - 1)) % count


def _place(worker: str, alive: Sequence[str]) -> tuple[int, int] | None:
    """None for a worker that is alone, or unheard of yet."""
    if worker not in alive or len(alive) == 1:
        return None
    return alive.index(worker), len(alive)
