"""One of many who are about to do the same thing goes first, over all processes."""

from datetime import timedelta
from typing import final

from adapters.outbound.redis.line import RedisLine

_KEY = "lunas:first:"


@final
class RedisFirst:
    """A FirstOf by a key that expires; everybody is first while Redis is away."""

    def __init__(self, line: RedisLine) -> None:
        self._line = line

    def __call__(self, name: str, within: timedelta) -> bool:
        return self._line.ask(
            lambda redis: redis.set(_KEY + name, b"", nx=True, px=within) is not None, True
        )
