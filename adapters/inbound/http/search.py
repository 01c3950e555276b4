"""The route that finds payments."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from adapters.inbound.http.desk import Desk
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.presenter import Json, instant, instant_or_none
from adapters.inbound.http.problems import Code
from adapters.inbound.http.replies import Reply, json_reply
from adapters.inbound.http.search_models import SearchAnswer, SearchParameters
from application.payment_copy import Parts, PaymentCopy
from application.ports import QueueFull, SearchQuery, Sort
from application.search_payments import Found, Hit


@dataclass(frozen=True, slots=True)
class SearchRoutes:
    """A bounded number of questions at once."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """The operation with its view."""
        return ((SEARCH, self.search),)

    def search(self, environ: Environ) -> Reply:
        """GET /v1/search"""
        call = self.desk.call(environ)
        asked = call.query(SearchParameters)
        sort, after = _place(asked.cursor) if asked.cursor else (asked.sort, None)
        query = SearchQuery(
            merchant_id=call.caller.merchant_id,
            livemode=call.caller.livemode,
            statuses=asked.status,
            order_id=asked.order_id,
            created_after=asked.created_after,
            created_before=asked.created_before,
            amount_from=asked.amount_from,
            amount_to=asked.amount_to,
            sort=sort,
            limit=asked.limit,
            after=after,
            counted=asked.cursor is None,
        )
        with self.desk.searches.place() as placed:
            if not placed:
                raise QueueFull("as many searches as may be are under way")
            found = self.desk.door.search_payments(asked.q, query)
        return json_reply(_answer(found, sort))


def _place(cursor: str) -> tuple[Sort, tuple[int, str]]:
    """The order of the listing that the cursor continues, and where it stands."""
    order, value, payment_id = cursor.split(".")
    return Sort(order), (int(value), payment_id)


def _answer(found: Found, sort: Sort) -> Json:
    counts = found.counts
    return {
        "data": [_hit(hit) for hit in found.hits],
        "total": None if counts is None else counts.total,
        "counts": None
        if counts is None
        else {"by_status": dict(counts.by_status), "by_day": dict(counts.by_day)},
        "next_cursor": None if found.after is None else f"{sort}.{found.after[0]}.{found.after[1]}",
        "index": {
            "source": found.source,
            "complete": found.whole,
            "waiting": found.waiting,
            "lag_seconds": None if found.lag_seconds is None else round(found.lag_seconds, 3),
        },
    }


def _hit(hit: Hit) -> Json:
    return {
        "object": "search_hit",
        "payment": _copy(hit.copy),
        "highlights": {name: _marked(parts) for name, parts in hit.highlights.items()},
    }


def _copy(copy: PaymentCopy) -> Json:
    return {
        "id": copy.id,
        "livemode": copy.livemode,
        "order_id": copy.order_id,
        "amount": copy.amount,
        "amount_refunded": copy.amount_refunded,
        "currency": "IDR",
        "status": copy.status,
        "reason_code": copy.reason,
        "method": copy.method,
        "provider": copy.provider,
        "phone": copy.phone,
        "description": copy.description,
        "references": copy.references,
        "codes": copy.codes,
        "created_at": instant(copy.created_at),
        "updated_at": instant(copy.updated_at),
        "paid_at": instant_or_none(copy.paid_at),
    }


def _marked(parts: Parts) -> str:
    """The text as HTML, what was found in `em`."""
    return "".join(f"<em>{escape(text)}</em>" if hit else escape(text) for text, hit in parts)


SEARCH = Operation(
    name="search_payments",
    method="GET",
    path="/v1/search",
    tag="Operators",
    summary="Find payments by id, order, reference, code, last four digits, amount or text",
    query=SearchParameters,
    answers={200: SearchAnswer},
    refusals=(Code.QUEUE_FULL,),
)
