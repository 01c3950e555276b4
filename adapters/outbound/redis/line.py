"""One process's line to Redis: bounded waits, and silence while it is away.

Redis wakes, counts and caches. It may be flushed, restarted, hung or gone at any moment: whoever
asks then gets the answer that he brought along, and nobody waits for it twice.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar, final

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

PATIENCE = timedelta(milliseconds=200)
"""How long a request waits for a Redis that hangs: once, and then nobody waits any more."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
"""Seconds between two looks whether it is back."""
MOST_CONNECTIONS = 512
"""More than the API has threads."""
T = TypeVar("T")


@final
class RedisLine:
    """Connections that a process's bell, limits and caches share. Nothing is retried.

    After a failure of the wire Redis counts as away, and is asked nothing, until a thread of the
    line's own has heard from it again. Raises ValueError for an address that cannot be meant.
    """

    def __init__(self, url: str, patience: timedelta = PATIENCE) -> None:
        self.redis = Redis.from_url(
            url,
            protocol=2,
            socket_connect_timeout=patience.total_seconds(),
            socket_timeout=patience.total_seconds(),
            retry=Retry(NoBackoff(), 0),
            max_connections=MOST_CONNECTIONS,
        )
        self._lock = threading.Lock()
        self._away = False
        self._closed = threading.Event()

    @property
    def away(self) -> bool:
        """Whether Redis failed lately and has not been heard of since."""
        return self._away

    def ask(self, command: Callable[[Redis], T], otherwise: T) -> T:
        """What Redis answers, or `otherwise`; never raises what the wire or Redis does."""
        if self._away:
            return otherwise
        try:
            return command(self.redis)
        except ResponseError:  # it is there, and will not do this one thing
            return otherwise
        except (RedisError, OSError):
            self._lost()
            return otherwise

    def version(self) -> str | None:
        """What the server calls itself; None where it does not say, or is away."""
        told = self.ask(lambda redis: redis.info("server"), None)
        return str(told["redis_version"]) if told and "redis_version" in told else None

    def pubsub(self) -> PubSub:
        """A connection of its own to listen on; it raises what the wire does."""
        return PubSub(self.redis.connection_pool)

    def close(self) -> None:
        """Let go of every connection; Redis is away from now on."""
        with self._lock:
            self._away = True
            self._closed.set()
        self.redis.close()

    def _lost(self) -> None:
        with self._lock:
            if self._away:
                return
            self._away = True
        threading.Thread(target=self._look_out, name="redis", daemon=True).start()

    def _look_out(self) -> None:
        pause = FIRST_PAUSE
        while not self._closed.wait(pause):
            try:
                self.redis.ping()
            except (RedisError, OSError):
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            with self._lock:
                self._away = self._closed.is_set()
            return
