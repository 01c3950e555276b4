"""One node of Elasticsearch for the whole run, whatever the number of its workers."""

import os
from itertools import count

import pytest

from adapters.outbound.search.calls import Server
from tests.servers.elasticsearch.started import node_or_look_alike

_numbers = count(1)


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where it answers; it ends with the process that runs the tests."""
    base = tmp_path_factory.getbasetemp()
    shared = "PYTEST_XDIST_WORKER" in os.environ
    return node_or_look_alike(
        base.parent if shared else base, os.getppid() if shared else os.getpid()
    )


@pytest.fixture
def server(elasticsearch_url: str) -> Server:
    """A house of its own at it."""
    return Server(url=elasticsearch_url, name=f"t{os.getpid()}-{next(_numbers)}")
