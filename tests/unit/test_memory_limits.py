"""The rate limiter of one process on trial."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.outbound.memory import limits
from adapters.outbound.memory.limits import MemoryRateLimiter
from application.ports import RatePolicy
from tests.contracts.limits import SLOW, ALimiter, RateLimiterContract
from tests.unit.cases import for_each


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class TestMemoryLimits(RateLimiterContract):
    @pytest.fixture
    def seconds(self) -> Seconds:
        return Seconds()

    @pytest.fixture
    def a_limiter(self, seconds: Seconds) -> ALimiter:
        return lambda policy: MemoryRateLimiter(policy, seconds)

    @pytest.fixture
    def let_pass(self, seconds: Seconds) -> Callable[[timedelta], None]:
        def moved(span: timedelta) -> None:
            seconds.now += span.total_seconds()

        return moved


def test_a_steady_client_at_its_rate_is_never_refused() -> None:
    seconds = Seconds()
    limiter = MemoryRateLimiter(RatePolicy(rate=7, burst=3), seconds)
    for _ in range(1_000):
        assert limiter.take("cli_1").allowed
        seconds.now += 1 / 7


def test_over_a_long_time_a_hasty_client_gets_its_rate() -> None:
    seconds = Seconds()
    limiter = MemoryRateLimiter(RatePolicy(rate=10, burst=5), seconds)
    allowed = 0
    for _ in range(6_000):
        allowed += limiter.take("cli_1").allowed
        seconds.now += 0.01
    assert 600 <= allowed <= 605


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BUCKETS", 3)
    seconds = Seconds()
    limiter = MemoryRateLimiter(RatePolicy(rate=1, burst=2), seconds)
    limiter.take("cli_0")
    seconds.now += 10
    for number in range(1, 4):
        limiter.take(f"cli_{number}")
    assert sorted(limiter._full_at) == ["cli_1", "cli_2", "cli_3"]
    limiter.take("cli_4")
    assert len(limiter._full_at) == 1


@for_each(("rate", "burst"), [(0, 1), (-1, 1), (1, 0), (float("nan"), 1)])
def test_a_limit_that_lets_nothing_pass_is_refused(rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="rate limit"):
        RatePolicy(rate, burst)


def test_a_policy_says_how_long_an_empty_bucket_takes() -> None:
    assert SLOW.window == timedelta(seconds=300)
