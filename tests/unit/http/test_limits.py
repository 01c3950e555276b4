"""Rate limits of API clients, as a program meets them."""

from typing import Any

import pytest

from adapters.inbound.http.app import create_app
from adapters.outbound.memory.limits import MemoryRateLimiter
from application.ports import RatePolicy
from tests.unit.http.house import Api, House, an_order


class Limited:
    """A house that limits its clients; its seconds are moved by hand."""

    def __init__(self, house: House, policy: RatePolicy) -> None:
        self.house = house
        self.now = 0.0
        door = house.a_door(MemoryRateLimiter(policy, lambda: self.now))
        self.app = create_app(door)
        self.api = self.client(house.key)

    def client(self, key: str | None) -> Api:
        """A program with that key."""
        return self.house.a_client(key, self.app)


@pytest.fixture
def limited(house: House) -> Limited:
    """One request in ten seconds, three at once."""
    return Limited(house, RatePolicy(rate=0.1, burst=3))


def test_every_answer_tells_the_policy_and_what_is_left(limited: Limited) -> None:
    started = limited.api.post("/v1/payments", an_order())
    assert started.status_code == 202
    assert started.headers["RateLimit-Policy"] == '"default";q=3;w=30'
    assert started.headers["RateLimit"] == '"default";r=2;t=10'
    missing = limited.api.get("/v1/payments/pay_0")
    assert missing.status_code == 404
    assert missing.headers["RateLimit"] == '"default";r=1;t=20'


def test_too_many_requests_are_refused_until_the_time_told(limited: Limited) -> None:
    for _ in range(3):
        assert limited.api.get("/v1/payments").status_code == 200
    refused = limited.api.get("/v1/payments")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["RateLimit"] == '"default";r=0;t=10'
    problem = refused.get_json(force=True)
    assert (problem["code"], problem["retryable"]) == ("rate_limited", True)
    limited.now += 10
    assert limited.api.get("/v1/payments").status_code == 200


def test_a_refusal_is_not_kept_under_the_idempotency_key(limited: Limited) -> None:
    for _ in range(3):
        limited.api.get("/v1/payments")
    assert limited.api.post("/v1/payments", an_order(), key="k").status_code == 429
    assert not limited.house.store.state.kept
    limited.now += 30
    first = limited.api.post("/v1/payments", an_order(), key="k")
    again = limited.api.post("/v1/payments", an_order(), key="k")
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.data, again.headers["Idempotency-Replayed"]) == (again.data, "true")
    assert first.headers["RateLimit"] != again.headers["RateLimit"], "the limit is not replayed"


def test_another_clients_requests_are_its_own(limited: Limited) -> None:
    for _ in range(4):
        limited.api.get("/v1/payments")
    other = limited.client(limited.house.other_key).get("/v1/payments")
    assert (other.status_code, other.headers["RateLimit"]) == (200, '"default";r=2;t=10')


def test_who_is_not_let_in_takes_nothing_and_is_told_nothing(limited: Limited) -> None:
    stranger = limited.client("lunas_test_" + "x" * 32).get("/v1/payments")
    assert stranger.status_code == 401
    assert "RateLimit" not in stranger.headers
    assert "RateLimit" not in limited.client(None).get("/healthz").headers
    assert limited.api.get("/v1/payments").headers["RateLimit"] == '"default";r=2;t=10'


def test_a_house_without_a_limit_says_nothing_of_one(api: Api) -> None:
    for _ in range(50):
        answer = api.get("/v1/payments")
        assert answer.status_code == 200
    assert "RateLimit" not in answer.headers
    assert "RateLimit-Policy" not in answer.headers


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (RatePolicy(rate=100, burst=200), '"default";q=200;w=2'),
        (RatePolicy(rate=100, burst=10), '"default";q=100;w=1'),
        (RatePolicy(rate=0.5, burst=1), '"default";q=1;w=2'),
    ],
)
def test_a_policy_is_told_in_whole_seconds(house: House, policy: RatePolicy, told: str) -> None:
    answer = Limited(house, policy).api.get("/v1/payments")
    assert answer.headers["RateLimit-Policy"] == told


def test_the_document_tells_of_the_limit(document: dict[str, Any]) -> None:
    start = document["paths"]["/v1/payments"]["post"]["responses"]
    assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= set(start["429"]["headers"])
    assert {"RateLimit", "RateLimit-Policy"} <= set(start["202"]["headers"])
    assert "429" not in document["paths"]["/healthz"]["get"]["responses"]
