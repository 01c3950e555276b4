"""The search index of the production house: copies of the payments at Elasticsearch."""

from typing import Any, final

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from adapters.outbound.plain_copy import copy_from_plain
from adapters.outbound.search import question
from adapters.outbound.search.calls import CHANGE_WITHIN, Fuse, Server, connected, refusing
from adapters.outbound.search.copies import ElasticCopies, ElasticNext, put_name
from adapters.outbound.search.mapping import AT_WORK, BEING_MADE, CURSOR_ID, FORM, MAPPINGS
from application.ports import Counts, IndexUnavailable, PaymentIndex, SearchPage, SearchQuery

_ALREADY_THERE = "resource_already_exists_exception"
_TRIES = 3


@final
class ElasticIndex(PaymentIndex):
    """An alias answers; behind it stands one index, and beside it at most one that is being made.

    Sorting has a tie-breaker, and pages follow the last one seen: without a point in time, which
    would outlive its reader at the server. A payment that changes its place meanwhile, in an order
    that it can change in, is seen where it is.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = connected(server)
        self._fuse = Fuse()
        self._alias = f"{server.name}-v{FORM}"
        self._next_alias = f"{self._alias}-next"

    def search(self, query: SearchQuery) -> SearchPage:
        where, found = self._asked(query)
        if where["status"] != 200 or found["status"] != 200:
            # Another index may have taken over between the two ends of the question.
            where, found = self._asked(query)
        for response in (where, found):
            if response["status"] == 404:
                return SearchPage((), more=False, counts=Counts({}, {}), cursor="")
            if response["status"] != 200:
                raise IndexUnavailable(f"Elasticsearch refused: {response['error']['type']}")
        return _page(query, where["hits"]["hits"], found)

    def _asked(self, query: SearchQuery) -> list[Any]:
        client = self._client.options(request_timeout=self._server.search_within.total_seconds())
        with refusing(), self._fuse.closed():
            answer = client.msearch(
                index=self._alias,
                searches=[{}, question.WHERE_IT_IS, {}, question.page(query)],
            )
        return list(answer["responses"])

    def present(self) -> ElasticCopies:
        with refusing():
            return ElasticCopies(self._client, self._made(self._alias, AT_WORK))

    def next(self, *, afresh: bool = False) -> ElasticNext:
        with refusing():
            if afresh:
                begun = self._behind(self._next_alias)
                if begun is not None:
                    self._changing().indices.delete(index=begun, ignore_unavailable=True)
            name = self._made(self._next_alias, BEING_MADE)
        return ElasticNext(self._client, name, alias=self._alias, next_alias=self._next_alias)

    def close(self) -> None:
        self._client.close()

    def _made(self, alias: str, settings: dict[str, Any]) -> str:
        """The index behind the alias; made where there is none, by one of those who try."""
        for _ in range(_TRIES):
            name = self._behind(alias)
            if name is not None:
                return name
            name = f"{self._alias}-{self._last_number() + 1:06d}"
            try:
                self._changing().indices.create(
                    index=name,
                    aliases={alias: {}, put_name(name): {}},
                    mappings=MAPPINGS,
                    settings={"number_of_shards": self._server.shards, **settings},
                )
            except BadRequestError as refused:
                if refused.error != _ALREADY_THERE:
                    raise
        raise IndexUnavailable("the search index was made and lost several times over")

    def _behind(self, alias: str) -> str | None:
        try:
            names = sorted(self._client.indices.get_alias(name=alias).body)
        except NotFoundError:
            return None
        return str(names[-1]) if names else None

    def _last_number(self) -> int:
        names = self._client.indices.get_alias(index=f"{self._alias}-*").body
        numbers = (name.rpartition("-")[2] for name in names)
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    def _changing(self) -> Elasticsearch:
        return self._client.options(request_timeout=CHANGE_WITHIN.total_seconds())


def _page(query: SearchQuery, where: list[Any], found: Any) -> SearchPage:
    hits = [hit["_source"] for hit in found["hits"]["hits"]]
    counts = None
    if query.counted:
        by = {
            name: {bucket["key"]: bucket["doc_count"] for bucket in group["buckets"]}
            for name, group in found["aggregations"].items()
        }
        counts = Counts(by["status"], by["day"])
    return SearchPage(
        [copy_from_plain(hit) for hit in hits[: query.limit]],
        more=len(hits) > query.limit,
        counts=counts,
        cursor=where[0]["_source"][CURSOR_ID] if where else "",
    )
