"""A fresh house for each test."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.http.house import Api, House


@pytest.fixture
def house() -> Iterator[House]:
    """A house of memory, its event loop running."""
    house = House()
    house.loop.start()
    yield house
    house.loop.stop()


@pytest.fixture(scope="session")
def shared_house() -> House:
    """One house for all tests that leave nothing behind, or come with a merchant of their own."""
    return House()


@pytest.fixture
def api(house: House) -> Api:
    """The program of the first merchant."""
    return house.client


@pytest.fixture(scope="session")
def document(shared_house: House) -> dict[str, Any]:
    """The API's description of itself: it takes longer than most tests."""
    told: dict[str, Any] = json.loads(shared_house.client.get("/openapi.json").data)
    return told
