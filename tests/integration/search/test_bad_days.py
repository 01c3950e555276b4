"""Elasticsearch is stopped, killed, held still, emptied, and its index made anew under load."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from adapters.outbound.search.calls import IndexBusy, Server
from adapters.outbound.search.index import ElasticIndex
from adapters.outbound.search.patience import PAUSES, Patience
from tests.contracts.search import MINE, a_copy, ids
from tests.integration.house import Answer, RunningHouse, a_house, until
from tests.servers.elasticsearch import install
from tests.servers.elasticsearch.node import Node
from tests.servers.missing import missing

NAME = "bad-days"
HEALED_WITHIN = 60.0
REBUILT_WITHIN = 120.0
BETWEEN = 0.01
"""Seconds between two payments, and two searches, while the index is made anew."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node of their own: it is stopped and killed."""
    lacking = install.why_not()
    if lacking is not None:
        missing("Elasticsearch", lacking)
    node = Node(tmp_path_factory.mktemp("node"))
    node.start()
    yield node
    node.kill()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, node: Node) -> Iterator[RunningHouse]:
    folder = tmp_path_factory.mktemp("house")
    with a_house(folder, search_url=node.url, search_name=NAME, search_within="5s") as house:
        house.start()
        yield house


def search(house: RunningHouse, query: str = "limit=100") -> Any:
    """What a search answers; it is never refused."""
    answer = house.call("GET", f"/v1/search?{query}")
    assert answer.status == 200, answer.body
    return answer.json


def found(house: RunningHouse, query: str = "limit=100") -> dict[str, str]:
    """The payments that the index finds, with their status; none while the store answers."""
    answer = search(house, query)
    if answer["index"]["source"] != "index":
        return {}
    return {hit["payment"]["id"]: hit["payment"]["status"] for hit in answer["data"]}


def until_found(house: RunningHouse, ids: Sequence[str]) -> None:
    """Wait until the index has each of them as it is in the store."""

    def look() -> bool:
        held = found(house)
        return all(held.get(id_) == house.payment(id_)["status"] for id_ in ids)

    until(look, lambda: f"{ids}: {search(house)}\n{house.logs()[-3000:]}", HEALED_WITHIN)


def paid(house: RunningHouse, order: str) -> str:
    """A payment that was made while whatever happens happens."""
    payment_id = house.started(order)
    house.until_status(payment_id, "succeeded")
    return payment_id


@pytest.mark.parametrize("end", [Node.stop, Node.kill], ids=["stopped", "killed"])
def test_while_it_is_away_payments_are_made_and_the_store_answers(
    house: RunningHouse, node: Node, end: Callable[[Node], None]
) -> None:
    before = paid(house, f"before-{end.__name__}")
    until_found(house, [before])
    end(node)
    try:
        meanwhile = paid(house, f"meanwhile-{end.__name__}")
        by_id = search(house, f"q={meanwhile}")
        assert [hit["payment"]["status"] for hit in by_id["data"]] == ["succeeded"]
        assert by_id["index"]["source"] == "store"
        by_text = search(house, "q=meanw")
        assert (by_text["data"], by_text["index"]["complete"]) == ([], False)
        assert {before, meanwhile} <= {
            hit["payment"]["id"] for hit in search(house, "limit=100")["data"]
        }
    finally:
        node.start()
    until_found(house, [before, meanwhile])
    assert found(house, "q=meanw").keys() >= {meanwhile}


def test_while_it_answers_nothing_no_search_is_a_fault_and_payments_are_made(
    house: RunningHouse, node: Node
) -> None:
    with node.held_still(), ThreadPoolExecutor(30) as callers:
        searches = [callers.submit(house.call, "GET", "/v1/search?q=held") for _ in range(30)]
        held = paid(house, "held-1")
        answers: list[Answer] = [each.result() for each in searches]
    refused = [answer for answer in answers if answer.status != 200]
    assert {(a.status, a.json["code"]) for a in refused} <= {(503, "queue_full")}
    assert len(refused) < len(answers)
    until_found(house, [held])


def test_an_index_that_was_deleted_is_filled_again(house: RunningHouse, node: Node) -> None:
    ids = [paid(house, f"deleted-{n}") for n in range(3)]
    until_found(house, ids)
    with Elasticsearch(node.url) as client:
        for name in client.indices.get(index=f"{NAME}-*").body:
            client.indices.delete(index=name)
    assert {hit["payment"]["id"] for hit in search(house)["data"]} >= set(ids)
    ids.append(paid(house, "deleted-after"))
    until_found(house, ids)


@contextmanager
def short_of_memory(node: Node) -> Iterator[Callable[[], None]]:
    """It refuses nearly every request in the body, or until the callable is called."""

    def limit(share: str | None) -> None:
        with Elasticsearch(node.url) as client:
            settings = {"indices.breaker.total.limit": share}
            client.cluster.put_settings(persistent=settings)

    limit("1%")
    try:
        yield lambda: limit(None)
    finally:
        limit(None)


def test_what_it_has_no_memory_for_is_put_a_little_later(node: Node) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            recover()

    index = ElasticIndex(Server(url=node.url, name="short"), Patience(sleep))
    copy, made = a_copy(), index.next()
    with short_of_memory(node) as recover:
        made.put([copy], "1")
        assert made.cursor() == "1"
    assert slept == [pause.total_seconds() for pause in PAUSES[:3]]
    made.take_over()
    assert ids(index.search(MINE).copies) == [copy.id]
    with short_of_memory(node), pytest.raises(IndexBusy, match="circuit_breaking_exception"):
        ElasticIndex(Server(url=node.url, name="short"), Patience(slept.append)).next()
    assert slept[3:] == [pause.total_seconds() for pause in PAUSES]
    index.close()


def test_while_it_has_no_memory_a_rebuild_waits_and_the_copies_catch_up(
    house: RunningHouse, node: Node
) -> None:
    known = paid(house, "short-0")
    until_found(house, [known])
    with short_of_memory(node) as recover, ThreadPoolExecutor(1) as another:
        rebuild = another.submit(house.run, "search", "rebuild", within=REBUILT_WITHIN)
        meanwhile = paid(house, "short-1")
        until(lambda: search(house)["index"]["source"] == "store", "the store answers", 10.0)
        assert not rebuild.done()
        recover()
    assert rebuild.result().returncode == 0, rebuild.result().stderr
    until_found(house, [known, meanwhile])


def test_it_is_made_anew_under_load_and_answers_all_the_time(house: RunningHouse) -> None:
    known = paid(house, "rebuilt-0")
    until_found(house, [known])
    stop = threading.Event()
    started: list[str] = []
    unfound: list[Any] = []

    def pay() -> None:
        while not stop.wait(BETWEEN):
            started.append(house.started(f"rebuilt-{len(started) + 1}"))

    def look() -> None:
        while not stop.wait(BETWEEN):
            answer = search(house, f"q={known}")
            hits = [hit["payment"]["id"] for hit in answer["data"]]
            if (answer["index"]["source"], hits) != ("index", [known]):
                unfound.append(answer)

    threads = [threading.Thread(target=pay), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    try:
        done = house.run("search", "rebuild", "--json", within=REBUILT_WITHIN)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["copied"] > 0
    assert unfound == []
    for payment_id in started[-99:]:
        house.until_status(payment_id, "succeeded")
    until_found(house, started[-99:])
