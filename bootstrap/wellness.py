"""Which providers the workers cannot use, as they tell it with their heartbeats."""

import time
from collections import Counter
from collections.abc import Collection
from threading import Lock
from typing import final

from application.abandon_attempts import MISSING_AFTER
from application.ports import Heartbeats, StoreUnavailable

LOOK_EVERY_SECONDS = 1.0


@final
class Wellness:
    """What most of the living workers say, looked up at most once a second; for many threads.

    Nothing is known while the store is away: then all are taken for well.
    """

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats
        self._lock = Lock()
        self._look_at = 0.0
        self._unwell: Collection[str] = ()

    def __call__(self) -> Collection[str]:
        now = time.monotonic()
        if now >= self._look_at and self._lock.acquire(blocking=False):
            try:
                self._unwell = self._look()
                self._look_at = now + LOOK_EVERY_SECONDS
            finally:
                self._lock.release()
        return self._unwell

    def _look(self) -> Collection[str]:
        try:
            beats = self._heartbeats.alive(self._heartbeats.now() - MISSING_AFTER)
        except StoreUnavailable:
            return ()
        said = Counter(name for beat in beats for name in beat.unwell)
        return {name for name, count in said.items() if 2 * count > len(beats)}
