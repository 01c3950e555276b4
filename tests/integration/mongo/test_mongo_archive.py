"""The MongoDB store as records, and a house that moves there and back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from pymongo import MongoClient

from adapters.outbound.mongo.archive import MongoArchive
from adapters.outbound.mongo.database import migrate
from adapters.outbound.mongo.store import MongoStore
from adapters.outbound.sqlite.archive import SqliteArchive
from adapters.outbound.sqlite.database import migrate as migrate_file
from adapters.outbound.sqlite.store import SqliteStore
from application.move_house import Archive, MoveHouse
from tests.builders import a_codec
from tests.contracts.archive import ArchiveContract, Silent, filled
from tests.contracts.stores import HandClock, Store
from tests.integration.house import a_house
from tests.integration.mongo.test_mongo_stores import QUICK
from tests.servers.mongo import MongoServer


@dataclass(frozen=True, slots=True)
class Furnished:
    """A store, and its records."""

    store: Store
    archive: Archive


def _furnished(server: MongoServer, database: str) -> Iterator[Furnished]:
    uri = server.uri(database)
    migrate(uri)
    with MongoClient[dict[str, object]](uri) as client:
        for name in client[database].list_collection_names():
            if name != "schema":
                client[database][name].delete_many({})
    with MongoStore.open(uri, a_codec(), now=HandClock(), patience=QUICK) as store:
        yield Furnished(store, MongoArchive(store, a_codec()))


class TestMongoArchive(ArchiveContract):
    """On two databases of one server."""

    @pytest.fixture
    def old(self, server: MongoServer) -> Iterator[Furnished]:
        yield from _furnished(server, "old")

    @pytest.fixture
    def new(self, server: MongoServer) -> Iterator[Furnished]:
        yield from _furnished(server, "new")

    def test_a_house_moves_to_mongodb_and_back_again(self, new: Furnished, tmp_path: Path) -> None:
        digests = []
        for name in ("first", "second"):
            migrate_file(tmp_path / name)
        with (
            SqliteStore.open(tmp_path / "first", a_codec(), now=HandClock()) as first,
            SqliteStore.open(tmp_path / "second", a_codec(), now=HandClock()) as second,
        ):
            filled(first)
            way = [SqliteArchive(first, a_codec()), new.archive, SqliteArchive(second, a_codec())]
            for source, target in pairwise(way):
                copied = MoveHouse(source, target)(Silent().step, Silent().mark, {})
                digests.append(copied.digest)
        assert digests[0] == digests[1]


def test_the_command_moves_a_house_and_refuses_one_in_use(
    tmp_path: Path, server: MongoServer
) -> None:
    uri = server.uri("moved")
    with a_house(tmp_path) as house:
        house.start()
        paid = house.until_status(house.started("moves"), "succeeded")["id"]
        command = ("copy", "--from", f"sqlite:{house.database}", "--to", uri, "--json")
        refused = house.run(*command)
        assert refused.returncode == 1
        assert "the source is in use by worker-" in refused.stderr
        for name in ("serve", "worker"):
            house.stop(name)
        _age_heartbeats(house.database)
        moved = house.run(*command, within=120)
        assert moved.returncode == 0, moved.stderr
        assert json.loads(moved.stdout)["counts"]["payments"] == 1
        again = house.run(*command)
        assert again.returncode == 1
        assert "already: copy to an empty store" in again.stderr
        house.environment |= {"LUNAS_STORE": "mongodb", "LUNAS_MONGODB_URL": uri}
        house.start("worker", "serve")
        assert house.payment(paid)["status"] == "succeeded"
        house.until_status(house.started("in-the-new-house"), "succeeded", within=40)
        checked = house.run("check", "invariants", within=60)
        assert checked.returncode == 0, checked.stdout


def _age_heartbeats(path: Path) -> None:
    """As if the half minute had passed."""
    import sqlite3

    with sqlite3.connect(path, timeout=10) as connection:
        connection.execute("DELETE FROM heartbeats")
