"""A worker's own view of its providers, told with its heartbeat and heard by those who choose."""

from datetime import timedelta

import pytest

from adapters.inbound.dispatcher.health import Health
from application.ports import Heartbeat
from bootstrap import wellness
from bootstrap.wellness import Wellness
from domain.circuit import CircuitRules
from domain.outcome import Approved, NotSent
from tests.memory_house import MemoryHouse

RULES = CircuitRules(most_failures=2)


def test_each_provider_has_a_circuit_of_its_own() -> None:
    house = MemoryHouse()
    health = Health(house.clock, RULES)
    ovo, midtrans = health.of("ovo"), health.of("midtrans")
    for _ in range(2):
        ovo(NotSent("no connection"))
        midtrans(Approved("00"))
    assert health.unwell(house.clock.at) == ("ovo",)
    assert health.unwell(house.clock.at + timedelta(minutes=1)) == ()


def test_what_most_workers_say_counts() -> None:
    beats = MemoryHouse().store.heartbeats
    for worker, unwell in (("w1", ("ovo",)), ("w2", ("ovo", "xendit")), ("w3", ())):
        beats.beat(Heartbeat(worker, beats.now(), None, unwell))
    assert set(Wellness(beats)()) == {"ovo"}


def test_it_is_looked_up_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = MemoryHouse().store.heartbeats
    wells = Wellness(beats)
    assert set(wells()) == set()
    beats.beat(Heartbeat("w1", beats.now(), None, ("ovo",)))
    assert set(wells()) == set(), "not within a second"
    monkeypatch.setattr(wellness.time, "monotonic", lambda: float("inf"))
    assert set(wells()) == {"ovo"}
