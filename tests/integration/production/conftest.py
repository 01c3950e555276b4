"""One MongoDB and one Redis for the tests here, which may maltreat them."""

from collections.abc import Iterator

import pytest

from tests.integration.production.servers import Production, Servers, a_production, some_servers


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Started once for each process of tests."""
    with some_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Production]:
    """One house for the tests of a module."""
    with a_production(tmp_path_factory.mktemp("production"), servers) as production:
        yield production
