"""The database is made once, recognised, and left alone when it is somebody else's."""

from collections.abc import Iterator
from itertools import count

import pytest
from pymongo import MongoClient

from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Patience
from adapters.outbound.mongo.database import indexes_missing, migrate
from adapters.outbound.mongo.store import MongoStore
from adapters.outbound.mongo.troubles import DatabaseRefused
from tests.builders import a_codec, a_start
from tests.servers.mongo import MongoServer

Client = MongoClient[dict[str, object]]
_numbers = count(1)


@pytest.fixture
def name() -> str:
    """A database that is not there yet."""
    return f"fresh_{next(_numbers)}"


@pytest.fixture
def uri(server: MongoServer, name: str) -> str:
    return server.uri(name)


@pytest.fixture
def client(server: MongoServer) -> Iterator[Client]:
    with Client(server.uri("any")) as client:
        yield client


def test_the_plan_is_told_first_and_changes_nothing(uri: str, name: str, client: Client) -> None:
    plan = migrate(uri, dry_run=True)
    assert plan[0] == schema.STEPS[0].name
    assert f"unique index {schema.LIVE_ORDER} on payments" in plan
    assert client[name].list_collection_names() == []
    assert migrate(uri) == plan
    assert migrate(uri) == []
    assert migrate(uri, dry_run=True) == []


def test_an_empty_database_is_refused_with_what_to_do(uri: str) -> None:
    with pytest.raises(DatabaseRefused, match="is empty: run `lunas migrate`"):
        MongoStore.open(uri, a_codec())


def test_a_newer_database_is_refused_with_what_to_do(uri: str, name: str, client: Client) -> None:
    migrate(uri)
    client[name]["schema"].update_one({"_id": "lunas"}, {"$inc": {"version": 1}})
    with pytest.raises(DatabaseRefused, match="run the newer Lunas that wrote it"):
        MongoStore.open(uri, a_codec())
    with pytest.raises(DatabaseRefused, match="run the newer Lunas that wrote it"):
        migrate(uri)


def test_an_older_database_is_refused_until_it_is_migrated(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(uri)
    step, known = schema.Step("one step more", {}), len(schema.STEPS)
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, step))
    with pytest.raises(
        DatabaseRefused, match=f"has version {known} and this Lunas needs {known + 1}: run"
    ):
        MongoStore.open(uri, a_codec())
    assert migrate(uri) == ["one step more"]
    MongoStore.open(uri, a_codec()).close()


def test_a_foreign_database_is_left_alone(uri: str, name: str, client: Client) -> None:
    client[name]["cats"].insert_one({"name": "Tom"})
    for dry_run in (True, False):
        with pytest.raises(DatabaseRefused, match="is not one of Lunas's: it is left alone"):
            migrate(uri, dry_run=dry_run)
    assert client[name].list_collection_names() == ["cats"]


def test_a_migration_that_was_cut_short_is_taken_again(uri: str, name: str, client: Client) -> None:
    client[name]["payments"].create_indexes(list(schema.STEPS[0].indexes["payments"][:3]))
    assert migrate(uri)[0] == schema.STEPS[0].name
    connection = Connection(uri, Patience())
    assert list(indexes_missing(connection)) == []
    connection.close()


def test_a_uri_cannot_weaken_a_write(server: MongoServer, uri: str) -> None:
    migrate(uri)
    weak = f"{uri}&w=0&journal=false&retryWrites=false&readPreference=secondary"
    with MongoStore.open(weak, a_codec()) as store:
        concern = store.connection.payments.write_concern.document
        assert concern == {"w": "majority", "j": True}
        assert store.connection.client.options.retry_writes
        assert store.connection.payments.read_preference.mongos_mode == "primary"
        assert store.connection.payments.read_concern.level == "majority"


@pytest.mark.parametrize("uri", ["", "http://127.0.0.1", "mongodb://", "mongodb://a:b:c/x"])
def test_what_is_no_uri_is_refused(uri: str) -> None:
    with pytest.raises(DatabaseRefused, match="URI cannot be used"):
        MongoStore.open(uri, a_codec())


def test_what_no_record_can_hold_is_refused_and_nothing_is_written(uri: str) -> None:
    migrate(uri)
    with MongoStore.open(uri, a_codec()) as store:
        odd = a_start(metadata={"a.b": "1", "$set": "2", "": "3"})
        store.payments.save(odd)
        assert store.payments.get(odd.payment.id) == odd.payment
