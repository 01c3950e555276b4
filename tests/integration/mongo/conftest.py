"""One server for all tests here, and an empty database for each."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pymongo import MongoClient

from adapters.outbound.mongo.connection import Patience
from adapters.outbound.mongo.database import migrate
from adapters.outbound.mongo.store import MongoStore
from tests.builders import a_codec
from tests.contracts.stores import HandClock
from tests.servers.mongo import MongoServer

PATIENT = Patience(answer=timedelta(seconds=30), primary=timedelta(seconds=30))
"""A machine that runs all tests at once may be slow."""


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


@pytest.fixture
def store(server: MongoServer, database: str, clock: HandClock) -> Iterator[MongoStore]:
    """A store in an empty database, with a clock that is moved by hand."""
    with MongoStore.open(server.uri(database), a_codec(), now=clock, patience=PATIENT) as store:
        yield store


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
