"""What the settings make of a rate limit."""

import pytest
from pydantic import ValidationError

from application.ports import RatePolicy
from bootstrap.settings import Settings
from tests.unit.cases import for_each


def test_without_a_rate_nothing_is_limited() -> None:
    assert Settings().rate_policy() is None
    assert Settings(api_burst=10).rate_policy() is None


@pytest.mark.parametrize(
    ("rate", "burst", "policy"),
    [
        (100, None, RatePolicy(100, 200)),
        (100, 50, RatePolicy(100, 50)),
        (0.1, None, RatePolicy(0.1, 1)),
    ],
)
def test_a_burst_is_two_seconds_worth(rate: float, burst: int | None, policy: RatePolicy) -> None:
    assert Settings(api_rate=rate, api_burst=burst).rate_policy() == policy


@for_each("wrong", [{"api_rate": -1}, {"api_burst": 0}, {"api_rate": "nan"}, {"api_rate": "inf"}])
def test_a_limit_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # type: ignore[arg-type]  # on purpose


def test_redis_with_its_password_is_not_told() -> None:
    told = Settings(redis_url="redis://:secret@127.0.0.1").changed()
    assert told["LUNAS_REDIS_URL"] == "(set)"
