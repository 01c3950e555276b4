"""The routes of webhook endpoints."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from adapters.inbound.http.answers import (
    EndpointAnswer,
    EndpointList,
    EndpointSecretAnswer,
    RecoveryAnswer,
)
from adapters.inbound.http.bodies import known_id
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.idempotency import Seal
from adapters.inbound.http.models import (
    EmptyRequest,
    EndpointPatch,
    EndpointRequest,
    RecoverRequest,
)
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.payments import NOTHING_MEANT
from adapters.inbound.http.presenter import instant
from adapters.inbound.http.problems import Code
from adapters.inbound.http.replies import Reply, json_reply, no_content
from domain.ids import IdKind
from domain.webhook import Endpoint

_TAG = "Webhook endpoints"


@dataclass(frozen=True, slots=True)
class EndpointRoutes:
    """Create, read, change, rotate, recover, delete."""

    desk: Desk

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return (
            (CREATE, self.create),
            (LIST, self.list),
            (READ, self.read),
            (CHANGE, self.change),
            (DELETE, self.delete),
            (ROTATE, self.rotate),
            (RECOVER, self.recover),
        )

    def create(self, environ: Environ) -> Reply:
        """POST /v1/webhook_endpoints"""
        call = self.desk.plain_call(environ)
        key = call.key()
        wish = call.body(EndpointRequest)
        meaning = orjson.dumps([wish.url, sorted(set(wish.events))])
        return call.once(
            key,
            meaning,
            lambda seal: self.desk.door.webhook_endpoints.create(
                call.caller,
                wish.url,
                wish.events,
                lambda endpoint: seal(
                    201,
                    self._with_secret(endpoint),
                    location=f"/v1/webhook_endpoints/{endpoint.id}",
                    secret=True,
                ),
            ),
        )

    def list(self, environ: Environ) -> Reply:
        """GET /v1/webhook_endpoints"""
        call = self.desk.plain_call(environ)
        endpoints = self.desk.door.webhook_endpoints.list(call.caller)
        data = [self.desk.presenter.endpoint(endpoint) for endpoint in endpoints]
        return json_reply({"data": data, "next_cursor": None})

    def read(self, environ: Environ, endpoint_id: str) -> Reply:
        """GET /v1/webhook_endpoints/{endpoint_id}"""
        call = self.desk.plain_call(environ)
        known_id(IdKind.ENDPOINT, endpoint_id)
        endpoint = self.desk.door.webhook_endpoints.get(call.caller, endpoint_id)
        return json_reply(self.desk.presenter.endpoint(endpoint))

    def change(self, environ: Environ, endpoint_id: str) -> Reply:
        """PATCH /v1/webhook_endpoints/{endpoint_id}"""
        call = self.desk.plain_call(environ)
        wish = call.body(EndpointPatch)
        known_id(IdKind.ENDPOINT, endpoint_id)
        endpoint = self.desk.door.webhook_endpoints.change(
            call.caller, endpoint_id, url=wish.url, events=wish.events, status=wish.status
        )
        return json_reply(self.desk.presenter.endpoint(endpoint))

    def delete(self, environ: Environ, endpoint_id: str) -> Reply:
        """DELETE /v1/webhook_endpoints/{endpoint_id}"""
        call = self.desk.plain_call(environ)
        known_id(IdKind.ENDPOINT, endpoint_id)
        self.desk.door.webhook_endpoints.delete(call.caller, endpoint_id)
        return no_content()

    def rotate(self, environ: Environ, endpoint_id: str) -> Reply:
        """POST /v1/webhook_endpoints/{endpoint_id}/rotate_secret"""
        call = self.desk.plain_call(environ)
        key = call.key()
        call.body(EmptyRequest, required=False)
        known_id(IdKind.ENDPOINT, endpoint_id)
        return call.once(
            key,
            NOTHING_MEANT,
            lambda seal: self.desk.door.webhook_endpoints.rotate(
                call.caller,
                endpoint_id,
                lambda endpoint: seal(200, self._with_secret(endpoint), secret=True),
            ),
        )

    def recover(self, environ: Environ, endpoint_id: str) -> Reply:
        """POST /v1/webhook_endpoints/{endpoint_id}/recover"""
        call = self.desk.plain_call(environ)
        key = call.key()
        since = call.body(RecoverRequest).since
        known_id(IdKind.ENDPOINT, endpoint_id)
        said = orjson.dumps(
            {"object": "recovery", "endpoint_id": endpoint_id, "since": instant(since)}
        )

        def effect(seal: Seal) -> None:
            self.desk.door.redeliver_events.recover(
                call.caller, endpoint_id, since, seal(202, said)
            )

        return call.once(key, orjson.dumps([since.isoformat()]), effect)

    def _with_secret(self, endpoint: Endpoint) -> bytes:
        return orjson.dumps(self.desk.presenter.endpoint_with_secret(endpoint))


_PATH = "/v1/webhook_endpoints/<endpoint_id>"
CREATE = Operation(
    name="create_webhook_endpoint",
    method="POST",
    path="/v1/webhook_endpoints",
    tag=_TAG,
    summary="Add an endpoint; its secret is in this answer alone",
    body=EndpointRequest,
    keyed=True,
    answers={201: EndpointSecretAnswer},
    located=True,
    refusals=(Code.TOO_MANY_ENDPOINTS, Code.QUEUE_FULL),
)
LIST = Operation(
    name="list_webhook_endpoints",
    method="GET",
    path="/v1/webhook_endpoints",
    tag=_TAG,
    summary="List endpoints, oldest first",
    answers={200: EndpointList},
)
READ = Operation(
    name="read_webhook_endpoint",
    method="GET",
    path=_PATH,
    tag=_TAG,
    summary="Read an endpoint",
    answers={200: EndpointAnswer},
    refusals=(Code.NOT_FOUND,),
)
CHANGE = Operation(
    name="change_webhook_endpoint",
    method="PATCH",
    path=_PATH,
    tag=_TAG,
    summary="Change an endpoint's URL, its events or whether it hears any",
    body=EndpointPatch,
    answers={200: EndpointAnswer},
    refusals=(Code.NOT_FOUND, Code.CONCURRENT_CHANGE),
)
DELETE = Operation(
    name="delete_webhook_endpoint",
    method="DELETE",
    path=_PATH,
    tag=_TAG,
    summary="Delete an endpoint, and what was still to be sent to it",
    answers={204: None},
    refusals=(Code.NOT_FOUND,),
)
ROTATE = Operation(
    name="rotate_webhook_secret",
    method="POST",
    path=f"{_PATH}/rotate_secret",
    tag=_TAG,
    summary="Make a fresh secret; for a day the former one signs too",
    body=EmptyRequest,
    body_required=False,
    keyed=True,
    answers={200: EndpointSecretAnswer},
    refusals=(Code.NOT_FOUND, Code.CONCURRENT_CHANGE),
)
RECOVER = Operation(
    name="recover_webhook_endpoint",
    method="POST",
    path=f"{_PATH}/recover",
    tag=_TAG,
    summary="Send all events since a time again",
    body=RecoverRequest,
    keyed=True,
    answers={202: RecoveryAnswer},
    refusals=(Code.NOT_FOUND,),
)
