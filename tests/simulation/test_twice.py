"""What comes twice: answers that are heard twice, requests that arrive twice, each by itself."""

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from application.confirm_payment import Report
from simulation.network import Journey, Network
from simulation.run import Plan, run
from simulation.switches import NOTHING_WRONG
from simulation.worker import Worker

PAYMENTS = 12
PUSH, CHECK = "0200", "0100"


def in_a_world_with(**switches: float) -> Plan:
    """A world in which nothing else goes wrong."""
    return Plan(5, payments=PAYMENTS, forced=(*NOTHING_WRONG, *switches.items()), accidents=0)


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """The answers that a worker writes down a second time."""
    seen: list[Report] = []
    again = Worker._again

    def noted(self: Worker, reports: Sequence[Report]) -> None:
        seen.extend(reports)
        again(self, reports)

    monkeypatch.setattr(Worker, "_again", noted)
    return seen


@pytest.fixture
def arrived(monkeypatch: pytest.MonkeyPatch) -> Counter[bytes]:
    """How often the wallet got each request."""
    seen: Counter[bytes] = Counter()
    arrive = Network._arrive

    def noted(self: Network, journey: Journey, body: bytes) -> None:
        seen[body] += 1
        arrive(self, journey, body)

    monkeypatch.setattr(Network, "_arrive", noted)
    return seen


def kinds(bodies: Counter[bytes]) -> set[str]:
    return {json.loads(body)["type"] for body in bodies}


def test_answers_to_pushes_and_to_questions_are_heard_twice(
    repeated: list[Report], arrived: Counter[bytes]
) -> None:
    outcome = run(in_a_world_with(repeated=1.0))
    assert outcome.found == ()
    pushes = [report for report in repeated if report.question is None]
    assert len(pushes) >= PAYMENTS
    assert len(repeated) > len(pushes), "no answer to a question came twice"
    assert set(arrived.values()) == {1}


def test_pushes_and_questions_arrive_twice(repeated: list[Report], arrived: Counter[bytes]) -> None:
    outcome = run(in_a_world_with(doubled_request=1.0))
    assert outcome.found == ()
    assert set(arrived.values()) == {2}
    assert kinds(arrived) >= {PUSH, CHECK}
    assert repeated == []


def test_without_them_everything_comes_once(
    repeated: list[Report], arrived: Counter[bytes]
) -> None:
    run(in_a_world_with())
    assert repeated == []
    assert set(arrived.values()) == {1}
    assert kinds(arrived) >= {PUSH, CHECK}
