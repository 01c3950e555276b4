"""One server for all tests here, and an empty database for each."""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from adapters.outbound.mongo.database import migrate
from tests.servers.mongo import MongoServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """Started once for each process of tests."""
    with MongoServer(tmp_path_factory.mktemp("mongo")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(server: MongoServer) -> str:
    """The name of a migrated database; making its indexes takes a second."""
    migrate(server.uri("lunas"))
    return "lunas"


@pytest.fixture
def database(server: MongoServer, migrated: str) -> str:
    """The name of a migrated database without records."""
    with MongoClient[dict[str, object]](server.uri(migrated)) as client:
        for name in client[migrated].list_collection_names():
            if name != "schema":
                client[migrated][name].delete_many({})
    return migrated
