"""The index at Elasticsearch on trial, over the wire."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from adapters.outbound.search.calls import Server
from adapters.outbound.search.copies import ElasticNext
from adapters.outbound.search.index import ElasticIndex
from adapters.outbound.search.patience import Patience
from adapters.outbound.search.places import Places
from application.ports import IndexUnavailable
from tests.contracts.search import MINE, PaymentIndexContract, a_copy, ids


class Elastic:
    """Gives a test an index of its own."""

    @pytest.fixture
    def client(self, server: Server) -> Iterator[Elasticsearch]:
        with Elasticsearch(server.url) as client:
            yield client
            names = client.indices.get(index=f"{server.name}-*").body
            for name in names:
                client.indices.delete(index=name)

    @pytest.fixture
    def index(self, server: Server, client: Elasticsearch) -> Iterator[ElasticIndex]:
        index = ElasticIndex(server)
        yield index
        index.close()


class TestElasticIndex(Elastic, PaymentIndexContract):
    pass


class TestElasticsearchItself(Elastic):
    def test_a_field_that_nobody_announced_is_refused(
        self, index: ElasticIndex, server: Server, client: Elasticsearch
    ) -> None:
        index.present()
        with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
            client.index(index=f"{server.name}-v1", document={"customer": "p-123"})

    def test_an_index_that_was_deleted_is_made_again_from_the_beginning(
        self, index: ElasticIndex, server: Server, client: Elasticsearch
    ) -> None:
        old = index.present()
        old.put([a_copy()], "7")
        for name in client.indices.get(index=f"{server.name}-*").body:
            client.indices.delete(index=name)
        assert index.search(MINE).cursor == ""
        with pytest.raises(IndexUnavailable):
            old.put([a_copy()], "8")
        assert not client.indices.get(index=f"{server.name}-*").body
        copy = a_copy()
        assert index.present().cursor() == ""
        index.present().put([copy], "8")
        assert ids(index.search(MINE).copies) == [copy.id]

    def test_there_is_no_moment_without_an_index_that_answers(
        self, index: ElasticIndex, server: Server, client: Elasticsearch
    ) -> None:
        index.present()
        made = index.next()
        made.put([a_copy()], "1")
        made.take_over()
        names = list(client.indices.get(index=f"{server.name}-*").body)
        assert len(names) == 1
        assert list(client.indices.get_alias(name=f"{server.name}-v1").body) == names

    def test_the_old_index_stays_for_as_long_as_a_search_may_be_on_its_way_to_it(
        self, server: Server, client: Elasticsearch
    ) -> None:
        left: list[tuple[float, set[str], set[str]]] = []

        def look(seconds: float) -> None:
            there = set(client.indices.get(index=f"{server.name}-*").body)
            left.append((seconds, there, set(places.behind(places.answering))))

        places = Places(client, server)
        old, name = places.present(), places.next()
        within, patience = server.search_within, Patience(look)
        made = ElasticNext(client, name, places, leave_after=within, patience=patience)
        made.take_over()
        assert left == [(server.search_within.total_seconds(), {old, name}, {name})]
        assert set(client.indices.get(index=f"{server.name}-*").body) == {name}

    def test_what_was_replaced_and_not_deleted_goes_with_the_next_one(
        self, index: ElasticIndex, server: Server, client: Elasticsearch
    ) -> None:
        places = Places(client, server)
        old, name = places.present(), places.next()
        places.swap(name, [old])
        index.next()
        there = set(client.indices.get(index=f"{server.name}-*").body)
        assert old not in there
        assert name in there

    def test_the_cursor_waits_for_every_batch_before_it(self, index: ElasticIndex) -> None:
        unfit: Any = {"amount": "much"}
        made = index.next()
        made.put([a_copy()], "1")
        assert made.cursor() == "1"
        made.put([replace(a_copy(), **unfit)], "2")
        made.put([a_copy()], "3")
        with pytest.raises(IndexUnavailable, match="refused a copy"):
            made.cursor()
        assert made.cursor() == "1"
        made.put([a_copy()], "2")
        assert made.cursor() == "2"
