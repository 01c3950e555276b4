"""The production house is assembled whole, and `lunas doctor` knows its servers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from bootstrap.either import kind, opened
from bootstrap.house import House
from tests.assembly import assert_whole, use_cases
from tests.integration.house import RunningHouse
from tests.integration.production.servers import Production, Servers, a_production


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Production]:
    with a_production(tmp_path_factory.mktemp("assembly"), servers) as production:
        if servers.redis.process is None:
            servers.redis.start()
        yield production


@pytest.fixture
def house(production: Production) -> RunningHouse:
    return production.house


def test_the_production_house_is_whole_with_redis_and_without(house: RunningHouse) -> None:
    def made(inside: House) -> set[str]:
        assert_whole(inside.core)
        assert not inside.alone
        return set(use_cases(inside.core))

    settings = house.settings()
    with opened(settings, "test") as inside:
        whole = made(inside)
    with opened(settings.model_copy(update={"redis_url": None}), "test") as inside:
        assert made(inside) == whole


def test_it_is_prepared_already_and_says_so(house: RunningHouse) -> None:
    chosen = kind(house.settings())
    assert chosen.plan(house.settings()) == []
    assert chosen.prepare(house.settings()) == []
    told = house.run("migrate", within=90)
    assert "up to date" in told.stdout


def findings(house: RunningHouse) -> dict[str, list[dict[str, Any]]]:
    told = json.loads(house.run("doctor", "--json", within=120).stdout)
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in told["findings"]:
        found.setdefault(finding["about"], []).append(finding)
    return found


@pytest.mark.timeout(400)
def test_the_doctor_says_what_is_wrong_with_each_server(
    production: Production, house: RunningHouse
) -> None:
    well = findings(house)
    assert {finding["verdict"] for finding in well["MongoDB"]} <= {"good", "warning"}
    assert any("majority" in finding["text"] for finding in well["MongoDB"])
    assert [finding["verdict"] for finding in well["Redis"]] == ["good"]
    assert well["Elasticsearch"][0]["fix"].startswith("set LUNAS_SEARCH_URL")
    assert well["clock"][0]["verdict"] == "good"

    url = house.environment["LUNAS_MONGODB_URL"]
    with MongoClient[dict[str, object]](url) as client:
        client.get_default_database()["payments"].drop_index("payments_due")
    production.servers.redis.stop()
    try:
        ill = findings(house)
    finally:
        production.servers.redis.start()
    (missing,) = [f for f in ill["MongoDB"] if f["verdict"] == "bad"]
    assert "payments.payments_due" in missing["text"]
    assert missing["fix"] == "`lunas migrate`"
    assert [finding["verdict"] for finding in ill["Redis"]] == ["warning"]
    mended = house.run("migrate", within=90)
    assert "done: index payments.payments_due, which was lost" in mended.stdout
    assert not [f for f in findings(house)["MongoDB"] if f["verdict"] == "bad"]

    with production.servers.wire.cut():
        away = findings(house)
    assert [finding["verdict"] for finding in away["MongoDB"]] == ["bad"]
    assert "nothing is sent to the wallet" in away["MongoDB"][0]["fix"]
