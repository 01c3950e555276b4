"""What every RateLimiter promises, whatever it is made of."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from application.ports import Allowance, RateLimiter, RatePolicy
from tests.contracts.stores import THREADS, together

ALimiter = Callable[[RatePolicy], RateLimiter]
SLOW = RatePolicy(rate=0.01, burst=3)
"""Nothing comes back while a test lasts."""
QUICK = RatePolicy(rate=20, burst=2)


class RateLimiterContract:
    """A bucket for each client, that gives what it holds and fills with time."""

    @pytest.fixture
    def a_limiter(self) -> ALimiter:
        raise NotImplementedError("say which limiter is on trial")

    @pytest.fixture
    def let_pass(self) -> Callable[[timedelta], None]:
        raise NotImplementedError("say how time passes")

    def test_a_rested_client_has_its_burst_and_no_more(self, a_limiter: ALimiter) -> None:
        limiter = a_limiter(SLOW)
        assert limiter.policy == SLOW
        told = [limiter.take("cli_1") for _ in range(5)]
        assert [each.allowed for each in told] == [True, True, True, False, False]
        assert [each.remaining for each in told] == [2, 1, 0, 0, 0]

    def test_it_says_when_the_next_is_allowed_and_when_all_are(self, a_limiter: ALimiter) -> None:
        limiter = a_limiter(SLOW)
        first = limiter.take("cli_1")
        assert first.next_in == timedelta(0)
        assert_near(first.full_in, 100)
        limiter.take("cli_1")
        last = limiter.take("cli_1")
        assert_near(last.next_in, 100)
        assert_near(last.full_in, 300)

    def test_a_request_that_is_refused_takes_nothing(self, a_limiter: ALimiter) -> None:
        limiter = a_limiter(SLOW)
        told = [limiter.take("cli_1") for _ in range(20)][-1]
        assert_near(told.next_in, 100)
        assert_near(told.full_in, 300)

    def test_one_clients_haste_is_not_anothers(self, a_limiter: ALimiter) -> None:
        limiter = a_limiter(SLOW)
        for _ in range(4):
            limiter.take("cli_1")
        assert limiter.take("cli_2").remaining == 2

    def test_what_was_taken_comes_back(
        self, a_limiter: ALimiter, let_pass: Callable[[timedelta], None]
    ) -> None:
        limiter = a_limiter(QUICK)
        until_refused(limiter)
        refused = until_refused(limiter)
        let_pass(refused.next_in)
        assert limiter.take("cli_1").allowed

    def test_a_long_rest_fills_no_more_than_the_bucket(
        self, a_limiter: ALimiter, let_pass: Callable[[timedelta], None]
    ) -> None:
        limiter = a_limiter(QUICK)
        let_pass(until_refused(limiter).full_in * 3)
        assert limiter.take("cli_1").remaining == QUICK.burst - 1

    def test_many_at_once_get_what_it_holds_between_them(self, a_limiter: ALimiter) -> None:
        limiter = a_limiter(RatePolicy(rate=0.01, burst=20))
        told = together([partial(limiter.take, "cli_1")] * THREADS)
        answers = [each for each in told if isinstance(each, Allowance)]
        assert Counter(each.allowed for each in answers) == {True: 20, False: THREADS - 20}
        assert sorted(each.remaining for each in answers if each.allowed) == list(range(20))


def until_refused(limiter: RateLimiter) -> Allowance:
    """What it says when it refuses first."""
    for _ in range(1_000):
        told = limiter.take("cli_1")
        if not told.allowed:
            return told
    raise AssertionError("nothing was ever refused")


def assert_near(span: timedelta, seconds: float) -> None:
    """That long, or a little less: a clock may run on."""
    assert seconds - 10 <= span.total_seconds() <= seconds
