"""Lines with more patience than in production: the machine of a test may be busy."""

from datetime import timedelta

from adapters.outbound.redis.line import RedisLine
from tests.servers.redis import RedisServer

PATIENT = timedelta(seconds=2)


def a_line(server: RedisServer, patience: timedelta = PATIENT) -> RedisLine:
    """A process's line to this server."""
    return RedisLine(server.url, patience)
