"""A fresh house for each test."""

from collections.abc import Iterator

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
