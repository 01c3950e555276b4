"""Every rule about the other providers that is broken on purpose is found."""

import pytest

from simulation.provider_sabotages import PROVIDER_SABOTAGES
from simulation.sabotages import ENDLESS, SABOTAGES, Sabotage, control, hunt

CONTROLS = 1
"""Worlds of each sabotage that are also run with nothing broken."""


@pytest.mark.parametrize("sabotage", PROVIDER_SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_a_sabotage_is_found_within_its_seeds(sabotage: Sabotage) -> None:
    found = hunt(sabotage)
    assert found is not None, f"nobody noticed: {sabotage.breaks}"
    assert found.plan.seed < sabotage.seeds
    assert any(breach.name != ENDLESS for breach in found.found)


@pytest.mark.parametrize("sabotage", PROVIDER_SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_the_same_worlds_are_whole_when_nothing_is_broken(sabotage: Sabotage) -> None:
    judged = control(sabotage, first=sabotage.known, seeds=CONTROLS)
    assert judged is None, judged.found


def test_sabotages_have_names_of_their_own() -> None:
    names = [sabotage.name for sabotage in (*SABOTAGES, *PROVIDER_SABOTAGES)]
    assert len(set(names)) == len(names)
