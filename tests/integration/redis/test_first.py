"""Of many readers of one unknown payment, one writes."""

from datetime import timedelta
from functools import partial

from adapters.outbound.redis.flights import RedisFirst
from adapters.outbound.redis.line import RedisLine
from tests.contracts.stores import THREADS, together
from tests.integration.house import until
from tests.integration.redis.lines import a_line
from tests.servers.redis import RedisServer

A_WHILE = timedelta(seconds=15)


def test_one_of_many_is_first_over_all_processes(redis: RedisServer) -> None:
    lines = [a_line(redis) for _ in range(2)]
    firsts = [RedisFirst(line) for line in lines]
    told = together([partial(firsts[n % 2], "pay_1", A_WHILE) for n in range(THREADS)])
    assert sorted(map(bool, told)) == [False] * (THREADS - 1) + [True]
    assert firsts[0]("pay_2", A_WHILE), "another payment is another matter"
    for line in lines:
        line.close()


def test_after_the_time_somebody_is_first_again(line: RedisLine) -> None:
    first = RedisFirst(line)
    within = timedelta(seconds=0.1)
    assert first("pay_1", within)
    until(lambda: first("pay_1", within), "the time is over")


def test_without_redis_everybody_is_first(fragile: RedisServer) -> None:
    line = a_line(fragile)
    first = RedisFirst(line)
    assert first("pay_1", A_WHILE)
    fragile.kill()
    assert [first("pay_1", A_WHILE) for _ in range(3)] == [True] * 3
    fragile.start()
    until(lambda: not line.away, "Redis is used again")
    assert [first("pay_1", A_WHILE) for _ in range(3)] == [True, False, False]
    line.close()
