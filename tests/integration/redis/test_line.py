"""A process's line to Redis, and servers that are there and of no use."""

from collections.abc import Iterator

import pytest

from adapters.outbound.memory.limits import MemoryRateLimiter
from adapters.outbound.redis.limits import RedisRateLimiter
from adapters.outbound.redis.line import RedisLine
from tests.contracts.limits import SLOW
from tests.integration.house import free_port, until
from tests.integration.redis.lines import a_line
from tests.integration.redis.test_answers import a_trial
from tests.servers.redis import RedisServer


@pytest.fixture
def full(fragile: RedisServer) -> Iterator[RedisServer]:
    """A server whose memory is used up: it refuses every write."""
    fragile.command("CONFIG SET maxmemory-policy noeviction")
    fragile.command("CONFIG SET maxmemory 1")
    yield fragile
    fragile.command("CONFIG SET maxmemory 0")


def test_a_server_that_is_full_is_there_and_hinders_nobody(full: RedisServer) -> None:
    line = a_line(full)
    trial = a_trial(line)
    kept = trial.held()
    assert trial.answers.find("k") == kept
    limiter = RedisRateLimiter(line, SLOW, MemoryRateLimiter(SLOW))
    assert [limiter.take("cli_1").allowed for _ in range(4)] == [True, True, True, False]
    assert not line.away
    line.close()


def test_it_tells_the_servers_version(redis: RedisServer) -> None:
    line = a_line(redis)
    assert (line.version() or "").split(".")[0].isdigit()
    line.close()
    assert line.version() is None


def test_nobody_there_is_said_once_and_not_asked_again() -> None:
    line = RedisLine(f"redis://127.0.0.1:{free_port()}")
    assert line.ask(lambda redis: redis.ping(), False) is False
    assert line.away
    line.close()


def test_what_is_no_redis_counts_as_away(fragile: RedisServer) -> None:
    """A wrong password, which is told when it connects."""
    line = RedisLine(fragile.url.replace("redis://", "redis://:wrong@"))
    assert line.version() is None
    assert line.away
    line.close()


def test_an_address_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="scheme"):
        RedisLine("http://127.0.0.1")


def test_it_is_used_again_once_it_is_back(fragile: RedisServer) -> None:
    line = a_line(fragile)
    fragile.kill()
    assert line.version() is None
    fragile.start()
    until(lambda: not line.away, "it is back")
    assert line.version()
    line.close()
