"""A rate limit, as the embedded house's real API keeps it."""

from pathlib import Path

from tests.integration.house import a_house


def test_a_limited_house_refuses_and_says_when_to_come_back(tmp_path: Path) -> None:
    with a_house(tmp_path, api_rate="0.01", api_burst="3") as house:
        house.start("serve")
        answers = [house.call("GET", "/v1/payments") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=300'
    assert answers[0].headers["ratelimit"] == '"default";r=2;t=100'
    assert 90 < int(answers[3].headers["retry-after"]) <= 100
    assert answers[3].json["code"] == "rate_limited"
