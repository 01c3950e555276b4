"""The house on MongoDB, Redis and Elasticsearch: a chat is paid, and the index is maltreated."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.browser.conftest import RunningChat
from tests.browser.test_chat_rules import Patient
from tests.integration.house import RunningHouse, a_phone, until
from tests.integration.production.servers import Servers, a_production, shown
from tests.integration.search.test_bad_days import found, paid, search, until_found
from tests.servers.elasticsearch.node import Node
from tests.servers.elasticsearch.started import a_node

NAME = "production"
OPENED = "Halo, saya dr. Sari"
LOAD = 12
"""Payments made while the index is made anew; a stand-in of MongoDB takes a while for each."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with a_node(tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, servers: Servers, node: Node
) -> Iterator[RunningHouse]:
    folder = tmp_path_factory.mktemp("search_away")
    index: dict[str, Any] = {"search_url": node.url, "search_name": NAME, "search_within": "5s"}
    with a_production(folder, servers, **index) as production:
        production.start("sandbox", "worker", "worker-2", "serve")
        yield production.house


@pytest.mark.timeout(400)
def test_a_chat_is_paid_on_the_phone_and_opened_by_the_webhook(
    house: RunningHouse, tmp_path: Path
) -> None:
    chat = RunningChat(house, tmp_path)
    chat.start()
    try:
        phone, patient = a_phone(), Patient(chat.url)
        path = patient.consult(phone)
        push = shown(house, phone)
        assert OPENED not in patient.get(path)[1]
        assert house.tap(push["id"], "approve").status == 200
        until(lambda: OPENED in patient.get(path)[1], "the chat is open")
        order = f"chat-{path.rpartition('/')[2]}"
        (payment,) = house.call("GET", f"/v1/payments?order_id={order}").json["data"]
        assert payment["status"] == "succeeded"
        assert [row["times_heard"] for row in house.pushes(phone)] == [1]
        until_found(house, [payment["id"]])
        assert found(house, f"q={phone[-4:]}") == {payment["id"]: "succeeded"}
    finally:
        assert chat.stop() == 0


@pytest.mark.timeout(400)
def test_payments_go_on_and_whatever_happened_to_the_index_everything_is_found(
    house: RunningHouse, node: Node
) -> None:
    ids = [paid(house, "before")]
    until_found(house, ids)

    node.stop()
    ids.append(paid(house, "meanwhile"))
    answer = search(house, f"q={ids[-1]}")
    assert (answer["index"]["source"], len(answer["data"])) == ("store", 1)
    node.start()
    until_found(house, ids)

    with Elasticsearch(node.url) as client:
        for name in client.indices.get(index=f"{NAME}-*").body:
            client.indices.delete(index=name)
    assert {hit["payment"]["id"] for hit in search(house)["data"]} >= set(ids)
    ids.append(paid(house, "deleted"))
    until_found(house, ids)
    assert found(house, "q=meanw").keys() == {ids[1]}

    ids += _paid_while_it_is_made_anew(house, ids[0])
    until_found(house, ids)


def _paid_while_it_is_made_anew(house: RunningHouse, known: str) -> list[str]:
    started: list[str] = []
    unfound: list[Any] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            answer = search(house, f"q={known}")
            hits = [hit["payment"]["id"] for hit in answer["data"]]
            if (answer["index"]["source"], hits) != ("index", [known]):
                unfound.append(answer)

    def pay() -> None:
        started.extend(house.started(f"anew-{number}") for number in range(LOAD))

    threads = [threading.Thread(target=look), threading.Thread(target=pay)]
    for thread in threads:
        thread.start()
    try:
        rebuilt = house.run("search", "rebuild", "--json", within=120)
    finally:
        threads[1].join()
        done.set()
        threads[0].join()
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout)["copied"] > 0
    assert unfound == []
    assert len(started) == LOAD
    for payment_id in started:
        house.until_status(payment_id, "succeeded", within=120)
    return started
