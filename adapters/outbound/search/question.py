"""A search in Elasticsearch's language."""

from collections.abc import Iterator
from typing import Any

from adapters.outbound.plain import optional_instant
from adapters.outbound.plain_copy import DESCENDING, FIELD_OF, MOST_DAYS
from adapters.outbound.search.mapping import CURSOR_ID
from application.ports import SearchQuery
from application.search_words import Wanted
from domain.status import Status

Body = dict[str, Any]
WHERE_IT_IS: Body = {"query": {"ids": {"values": [CURSOR_ID]}}, "size": 1, "_source": [CURSOR_ID]}
"""Asks as the search does, so that the answer is as old as what is found."""
_NOT_GIVEN_BACK = ["day", "words", "wholes"]


def page(query: SearchQuery) -> Body:
    """A page, and one more if there is more; its counts, if they are asked for."""
    way = "desc" if query.sort in DESCENDING else "asc"
    body: Body = {
        "query": {"bool": {"filter": list(_filters(query))}},
        "sort": [{FIELD_OF[query.sort]: way}, {"id": way}],
        "size": query.limit + 1,
        "track_total_hits": False,
        "_source": {"excludes": _NOT_GIVEN_BACK},
    }
    if query.after is not None:
        body["search_after"] = list(query.after)
    if query.counted:
        body["aggs"] = {
            "status": {"terms": {"field": "status", "size": len(Status)}},
            "day": {"terms": {"field": "day", "size": MOST_DAYS, "order": {"_key": "desc"}}},
        }
    return body


def _filters(query: SearchQuery) -> Iterator[Body]:
    yield {"term": {"merchant_id": query.merchant_id}}
    yield {"term": {"livemode": query.livemode}}
    if query.statuses:
        yield {"terms": {"status": [status.value for status in query.statuses]}}
    if query.order_id is not None:
        yield {"term": {"order_id": query.order_id}}
    created = {
        "gte": optional_instant(query.created_after),
        "lt": optional_instant(query.created_before),
    }
    for field, bounds in (
        ("created_at", created),
        ("amount", {"gte": query.amount_from, "lte": query.amount_to}),
    ):
        given = {name: value for name, value in bounds.items() if value is not None}
        if given:
            yield {"range": {field: given}}
    for word in query.words:
        yield _found(word)


def _found(word: Wanted) -> Body:
    either = [{"prefix": {"words": word.beginning}}, {"terms": {"wholes": list(word.wholes)}}]
    return {"bool": {"should": either, "minimum_should_match": 1}}
