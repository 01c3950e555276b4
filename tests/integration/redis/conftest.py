"""One Redis for the tests that only use it, another for those that maltreat it."""

from collections.abc import Iterator

import pytest

from adapters.outbound.redis.line import RedisLine
from tests.integration.redis.lines import a_line
from tests.servers.redis import RedisServer, a_redis


@pytest.fixture(scope="session")
def common_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Started once in a run."""
    with a_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(common_redis: RedisServer) -> RedisServer:
    """The common server, empty."""
    common_redis.flush()
    return common_redis


@pytest.fixture(scope="session")
def poor_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Started once in a run, to be stopped, killed, flushed and hung."""
    with a_redis(tmp_path_factory.mktemp("poor-redis")) as server:
        yield server


@pytest.fixture
def fragile(poor_redis: RedisServer) -> Iterator[RedisServer]:
    """The poor server, well and empty at the beginning; whatever is done to it is mended."""
    if poor_redis.process is None:
        poor_redis.start()
    poor_redis.resume()
    poor_redis.flush()
    yield poor_redis
    if poor_redis.process is not None:
        poor_redis.resume()


@pytest.fixture
def line(redis: RedisServer) -> Iterator[RedisLine]:
    """A process's line to the common server."""
    line = a_line(redis)
    yield line
    line.close()
