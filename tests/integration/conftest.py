"""One house for the tests that only talk to it, and what a failed test shows of every house."""

from collections.abc import Generator, Iterator

import pytest

from tests.integration.house import PATIENT, RunningHouse, a_house, running_houses

_LAST_CHARACTERS = 6_000


@pytest.fixture(scope="session")
def common_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """Sandbox, worker and API with patient clocks, started once: a start takes seconds."""
    with a_house(tmp_path_factory.mktemp("house"), PATIENT) as house:
        yield house


@pytest.fixture
def house(common_house: RunningHouse) -> RunningHouse:
    """The common house, running; a module that ends processes has a house of its own."""
    common_house.ensure("sandbox", "worker", "serve")
    return common_house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for house in running_houses():
            report.sections.append((f"house {house.folder}", house.logs()[-_LAST_CHARACTERS:]))
    return report
