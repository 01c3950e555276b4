"""The search index of the production house: copies of the payments at Elasticsearch."""

from typing import Any, final

from adapters.outbound.plain_copy import copy_from_plain
from adapters.outbound.search import question
from adapters.outbound.search.calls import Fuse, Server, connected, refusing
from adapters.outbound.search.copies import ElasticCopies, ElasticNext
from adapters.outbound.search.mapping import CURSOR_ID
from adapters.outbound.search.patience import Patience
from adapters.outbound.search.places import Places
from application.ports import Counts, IndexUnavailable, PaymentIndex, SearchPage, SearchQuery

_WHOLE = {"allow_partial_search_results": False}
"""What some shards alone found would look like all there is."""


@final
class ElasticIndex(PaymentIndex):
    """An alias answers; behind it stands one index, and beside it at most one that is being made.

    Sorting has a tie-breaker, and pages follow the last one seen: without a point in time, which
    would outlive its reader at the server. A payment that changes its place meanwhile, in an order
    that it can change in, is seen where it is.
    """

    def __init__(self, server: Server, patience: Patience | None = None) -> None:
        self._server = server
        self._patience = patience or Patience()
        self._client = connected(server)
        self._fuse = Fuse()
        self._places = Places(self._client, server)

    def search(self, query: SearchQuery) -> SearchPage:
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
                index=self._places.answering,
                searches=[_WHOLE, question.WHERE_IT_IS, _WHOLE, question.page(query)],
            )
        return list(answer["responses"])

    def present(self) -> ElasticCopies:
        with refusing():
            return ElasticCopies(self._client, self._places.present())

    def next(self, *, afresh: bool = False) -> ElasticNext:
        name = self._patience(lambda: self._begun(afresh=afresh))
        return ElasticNext(
            self._client,
            name,
            self._places,
            leave_after=self._server.search_within,
            patience=self._patience,
        )

    def close(self) -> None:
        self._client.close()

    def _begun(self, *, afresh: bool) -> str:
        """The name of the index that is being made."""
        places = self._places
        with refusing():
            places.delete(places.forsaken())
            if afresh:
                places.delete(places.behind(places.being_made))
            return places.next()


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
