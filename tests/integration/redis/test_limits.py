"""The rate limiter over Redis on trial, and what Redis may do to it."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from adapters.outbound.memory.limits import MemoryRateLimiter
from adapters.outbound.redis import limits as limits_module
from adapters.outbound.redis.limits import RedisRateLimiter
from adapters.outbound.redis.line import RedisLine
from application.ports import Allowance, RateLimiter, RatePolicy
from tests.contracts.limits import SLOW, ALimiter, RateLimiterContract
from tests.contracts.stores import together
from tests.integration.house import until
from tests.integration.redis.lines import a_line
from tests.servers.redis import RedisServer


def a_limiter_over(line: RedisLine, policy: RatePolicy) -> RedisRateLimiter:
    """One process's limiter."""
    return RedisRateLimiter(line, policy, MemoryRateLimiter(policy))


class TestRedisLimits(RateLimiterContract):
    @pytest.fixture
    def a_limiter(self, line: RedisLine) -> ALimiter:
        return partial(a_limiter_over, line)

    @pytest.fixture
    def let_pass(self) -> Callable[[timedelta], None]:
        # The server's clock cannot be moved: it is waited for, a tenth of a second or so.
        return lambda span: time.sleep(span.total_seconds() + 0.001)


def test_processes_share_a_clients_bucket(redis: RedisServer) -> None:
    policy = RatePolicy(rate=0.01, burst=20)
    lines = [a_line(redis) for _ in range(4)]
    limiters = [a_limiter_over(line, policy) for line in lines]
    told = together([partial(limiters[n % 4].take, "cli_1") for n in range(60)])
    for line in lines:
        line.close()
    assert sum(isinstance(each, Allowance) and each.allowed for each in told) == 20


def test_a_process_in_a_hurry_asks_seldom_and_never_takes_too_much(redis: RedisServer) -> None:
    policy = RatePolicy(rate=0.01, burst=1_000)
    lines = [a_line(redis) for _ in range(2)]
    limiters = [a_limiter_over(line, policy) for line in lines]
    allowed = sum(limiters[n % 2].take("cli_1").allowed for n in range(1_500))
    for line in lines:
        line.close()
    # The rest of what each took at once may be lost, if this machine halts for long enough.
    assert 900 < allowed <= 1_000


def test_towards_the_end_of_a_bucket_nobody_keeps_anything(
    line: RedisLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits_module, "SPENT_WITHIN", 60.0)
    limiter = a_limiter_over(line, RatePolicy(rate=0.01, burst=1_000))
    told = [limiter.take("cli_1") for _ in range(600)]
    assert told[-1].remaining == 400
    for _ in range(10):
        limiter.take("cli_1")
        assert not limiter._held["cli_1"].left


def test_what_was_taken_at_once_is_used_at_once(
    line: RedisLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then it is this process's; after that, the client's bucket alone counts."""
    policy = RatePolicy(rate=0.01, burst=1_000)
    limiter = a_limiter_over(line, policy)
    line.redis.config_resetstat()
    monkeypatch.setattr(limits_module, "SPENT_WITHIN", 60.0)
    told = [limiter.take("cli_1") for _ in range(200)]
    assert [each.remaining for each in told] == list(range(999, 799, -1))
    assert line.redis.info("commandstats")["cmdstat_evalsha"]["calls"] < 40
    monkeypatch.setattr(limits_module, "SPENT_WITHIN", 0.0)
    limiter._held["cli_1"].until = 0.0
    before = limiter.take("cli_1").remaining
    assert [limiter.take("cli_1").remaining for _ in range(3)] == [before - n for n in (1, 2, 3)]


def test_a_bucket_goes_by_itself_when_it_is_full(redis: RedisServer, line: RedisLine) -> None:
    limiter = a_limiter_over(line, RatePolicy(rate=20, burst=2))
    limiter.take("cli_1")
    assert line.redis.keys() == [b"lunas:rate:cli_1"]
    until(lambda: not line.redis.keys(), "its key expires", 5)


@pytest.mark.parametrize("held", ["rubbish", "-1", "nan", "inf", "1e300", ""])
def test_what_a_stranger_wrote_there_harms_nothing(line: RedisLine, held: str) -> None:
    line.redis.set("lunas:rate:cli_1", held)
    limiter = a_limiter_over(line, SLOW)
    told = limiter.take("cli_1")
    assert not line.away
    assert told.full_in <= SLOW.window
    assert told.next_in <= timedelta(seconds=1 / SLOW.rate)


def test_another_kind_of_key_counts_as_a_full_bucket(line: RedisLine) -> None:
    line.redis.rpush("lunas:rate:cli_1", "x")
    limiter = a_limiter_over(line, SLOW)
    assert [limiter.take("cli_1").remaining for _ in range(3)] == [2, 1, 0]
    assert line.redis.type("lunas:rate:cli_1") == b"string", "a bucket lies there now"


def empty(limiter: RateLimiter) -> None:
    """Take all there is."""
    while limiter.take("cli_1").allowed:
        pass


def test_a_flush_gives_everybody_a_full_bucket(fragile: RedisServer) -> None:
    line = a_line(fragile)
    limiter = a_limiter_over(line, SLOW)
    empty(limiter)
    fragile.flush()
    assert limiter.take("cli_1").remaining == SLOW.burst - 1
    fragile.command("SCRIPT FLUSH")
    assert limiter.take("cli_1").remaining == SLOW.burst - 2
    line.close()


@pytest.mark.parametrize("how", ["kill", "pause"])
def test_without_redis_each_process_counts_for_itself(fragile: RedisServer, how: str) -> None:
    lines = [a_line(fragile) for _ in range(2)]
    one, other = (a_limiter_over(line, SLOW) for line in lines)
    empty(one)
    getattr(fragile, how)()
    assert one.take("cli_1").remaining == SLOW.burst - 1, "open, with a bucket of its own"
    empty(one)
    assert other.take("cli_1").allowed
    if how == "kill":
        fragile.start()
    fragile.resume()
    until(lambda: not any(line.away for line in lines), "Redis is used again")
    empty(one)
    assert not other.take("cli_1").allowed, "they share it again"
    for line in lines:
        line.close()


def test_who_waits_for_redis_waits_once(fragile: RedisServer) -> None:
    """It hangs: those who are asking find out, and nobody after them asks at all."""
    line = a_line(fragile)
    limiter = a_limiter_over(line, RatePolicy(rate=1_000, burst=10_000))
    limiter.take("cli_1")
    fragile.pause()
    limiter.take("cli_1")
    assert line.away
    asked: list[object] = []
    for _ in range(1_000):
        line.ask(asked.append, None)
        assert limiter.take("cli_1").allowed
    fragile.resume()
    line.close()
    assert not asked
