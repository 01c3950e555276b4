"""The routes of events."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from adapters.inbound.http.answers import EventList, EventWithDeliveries, RedeliveryAnswer
from adapters.inbound.http.bodies import known_id
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.idempotency import Seal
from adapters.inbound.http.models import EmptyRequest, EventsQuery
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.payments import NOTHING_MEANT
from adapters.inbound.http.presenter import delivery
from adapters.inbound.http.problems import Code
from adapters.inbound.http.replies import Reply, json_reply
from application.ports import EventQuery, NotFound
from domain.ids import IdKind

_TAG = "Events"


@dataclass(frozen=True, slots=True)
class EventRoutes:
    """List, read, send again."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return ((LIST, self.list), (READ, self.read), (REDELIVER, self.redeliver))

    def list(self, environ: Environ) -> Reply:
        """GET /v1/events"""
        call = self.desk.call(environ)
        query = call.query(EventsQuery)
        page = self.desk.door.events.find(
            EventQuery(
                merchant_id=call.caller.merchant_id,
                livemode=call.caller.livemode,
                payment_id=query.payment_id,
                type=query.type,
                since=query.since,
                limit=query.limit,
                cursor=query.cursor,
            )
        )
        data = [self.desk.presenter.event(event) for event in page.items]
        return json_reply({"data": data, "next_cursor": page.next_cursor})

    def read(self, environ: Environ, event_id: str) -> Reply:
        """GET /v1/events/{event_id}"""
        call = self.desk.plain_call(environ)
        event = self.desk.door.events.get(known_id(IdKind.EVENT, event_id))
        if (event.merchant_id, event.livemode) != (call.caller.merchant_id, call.caller.livemode):
            raise NotFound
        deliveries = self.desk.door.deliveries.of_event(event_id)
        told = self.desk.presenter.event(event)
        return json_reply(told | {"deliveries": [delivery(each) for each in deliveries]})

    def redeliver(self, environ: Environ, event_id: str) -> Reply:
        """POST /v1/events/{event_id}/redeliver"""
        call = self.desk.plain_call(environ)
        key = call.key()
        call.body(EmptyRequest, required=False)
        known_id(IdKind.EVENT, event_id)
        said = orjson.dumps({"object": "redelivery", "event_id": event_id})

        def effect(seal: Seal) -> None:
            self.desk.door.redeliver_events.one(call.caller, event_id, seal(202, said))

        return call.once(key, NOTHING_MEANT, effect)


_PATH = "/v1/events/<event_id>"
LIST = Operation(
    name="list_events",
    method="GET",
    path="/v1/events",
    tag=_TAG,
    summary="List events, newest first",
    query=EventsQuery,
    answers={200: EventList},
)
READ = Operation(
    name="read_event",
    method="GET",
    path=_PATH,
    tag=_TAG,
    summary="Read an event and its deliveries",
    answers={200: EventWithDeliveries},
    refusals=(Code.NOT_FOUND,),
)
REDELIVER = Operation(
    name="redeliver_event",
    method="POST",
    path=f"{_PATH}/redeliver",
    tag=_TAG,
    summary="Send an event again to every endpoint that hears it",
    body=EmptyRequest,
    body_required=False,
    keyed=True,
    answers={202: RedeliveryAnswer},
    refusals=(Code.NOT_FOUND,),
)
