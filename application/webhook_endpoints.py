"""What a merchant does with webhook endpoints and the events they missed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from application.ports import (
    Clock,
    DeliveryRepository,
    EndpointRepository,
    EventLog,
    EventQuery,
    KeepEndpoint,
    Kept,
    NewId,
    NewSecret,
    NotFound,
    WorkSignal,
)
from application.relay_events import RelayEvents
from domain.errors import InvalidValue
from domain.events import Event, EventType
from domain.ids import IdKind
from domain.merchant import Caller
from domain.webhook import Endpoint, EndpointStatus, Secret

ROTATION_OVERLAP = timedelta(hours=24)
"""How long the former secret still signs beside the fresh one."""
MOST_ENDPOINTS = 32
"""Endpoints of one merchant in one mode."""
LONGEST_URL = 2_000
MOST_RECOVERED = 10_000
"""Events that one recovery may send again."""
_PAGE = 200


class TooManyEndpoints(InvalidValue):
    """The merchant has MOST_ENDPOINTS endpoints in that mode already; nothing was written."""


def checked_url(url: str, *, livemode: bool) -> str:
    """The URL, if it can be an endpoint: https (http in test mode too), a host, no credentials.

    Raises InvalidValue. Whether its address is allowed is judged when it is connected to.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as broken:
        raise InvalidValue("url", "is not a URL") from broken
    schemes = {"https"} if livemode else {"https", "http"}
    if parts.scheme not in schemes:
        raise InvalidValue("url", f"must begin with {' or '.join(sorted(schemes))}://")
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        raise InvalidValue("url", "must name a host, and have no user, password or fragment")
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidValue("url", f"must be printable ASCII of at most {LONGEST_URL} characters")
    return url


@dataclass(frozen=True, slots=True)
class WebhookEndpoints:
    """Create, change, rotate, delete; another merchant's or mode's endpoint is NotFound."""

    endpoints: EndpointRepository
    clock: Clock
    new_id: NewId
    new_secret: NewSecret

    def create(
        self, caller: Caller, url: str, events: Sequence[EventType], keep: KeepEndpoint
    ) -> Endpoint:
        """A fresh endpoint with a fresh secret; raises InvalidValue or AlreadyKept."""
        if len(self.list(caller)) >= MOST_ENDPOINTS:
            raise TooManyEndpoints("url", f"a merchant has at most {MOST_ENDPOINTS} endpoints")
        endpoint = Endpoint(
            id=self.new_id(IdKind.ENDPOINT),
            merchant_id=caller.merchant_id,
            livemode=caller.livemode,
            url=checked_url(url, livemode=caller.livemode),
            events=tuple(dict.fromkeys(events)),
            secrets=(Secret(self.new_secret()),),
            created_at=self.clock().at,
        )
        self.endpoints.save(endpoint, keep(endpoint))
        return endpoint

    def list(self, caller: Caller) -> Sequence[Endpoint]:
        """The caller's endpoints, oldest first."""
        return self.endpoints.of_merchant(caller.merchant_id, livemode=caller.livemode)

    def get(self, caller: Caller, endpoint_id: str) -> Endpoint:
        """One of the caller's endpoints."""
        endpoint = self.endpoints.get(endpoint_id)
        if (endpoint.merchant_id, endpoint.livemode) != (caller.merchant_id, caller.livemode):
            raise NotFound
        return endpoint

    def change(
        self,
        caller: Caller,
        endpoint_id: str,
        *,
        url: str | None = None,
        events: Sequence[EventType] | None = None,
        status: EndpointStatus | None = None,
    ) -> Endpoint:
        """Change what is given; raises InvalidValue, NotFound or StalePayment."""
        before = self.get(caller, endpoint_id)
        after = before
        if url is not None:
            after = replace(after, url=checked_url(url, livemode=caller.livemode))
        if events is not None:
            after = replace(after, events=tuple(dict.fromkeys(events)))
        if status is EndpointStatus.ENABLED:
            after = after.enable()
        elif status is EndpointStatus.DISABLED:
            after = after.disable("its merchant disabled it")
        if after == before:
            return before
        after = replace(after, version=before.version + 1)
        self.endpoints.save(after)
        return after

    def rotate(self, caller: Caller, endpoint_id: str, keep: KeepEndpoint) -> Endpoint:
        """Sign with a fresh secret, for a day with the former one too."""
        endpoint = self.get(caller, endpoint_id)
        rotated = endpoint.rotate(self.new_secret(), self.clock().at, ROTATION_OVERLAP)
        self.endpoints.save(rotated, keep(rotated))
        return rotated

    def delete(self, caller: Caller, endpoint_id: str) -> None:
        """Remove it, and what was still to be sent to it."""
        self.endpoints.delete(self.get(caller, endpoint_id).id)


@dataclass(frozen=True, slots=True)
class RedeliverEvents:
    """Send events again: one to every endpoint that hears it, or all since a time to one."""

    events: EventLog
    deliveries: DeliveryRepository
    endpoints: WebhookEndpoints
    relay: RelayEvents
    signal: WorkSignal

    def one(self, caller: Caller, event_id: str, keep: Kept) -> int:
        """Raises NotFound or AlreadyKept; tells how many deliveries were made."""
        event = self.events.get(event_id)
        if (event.merchant_id, event.livemode) != (caller.merchant_id, caller.livemode):
            raise NotFound
        targets = [e for e in self.endpoints.list(caller) if e.hears(event.type)]
        self.deliveries.add([self.relay.delivery(event.head, e) for e in targets], keep)
        self.signal.wake()
        return len(targets)

    def recover(self, caller: Caller, endpoint_id: str, since: datetime, keep: Kept) -> None:
        """Send the endpoint every event since then, at most MOST_RECOVERED of them."""
        endpoint = self.endpoints.get(caller, endpoint_id)
        missed = [e for e in self._since(caller, since) if endpoint.hears(e.type)]
        oldest_first = reversed(missed)
        self.deliveries.add([self.relay.delivery(e.head, endpoint) for e in oldest_first], keep)
        self.signal.wake()

    def _since(self, caller: Caller, since: datetime) -> Iterator[Event]:
        cursor: str | None = None
        for _ in range(MOST_RECOVERED // _PAGE):
            page = self.events.find(
                EventQuery(
                    merchant_id=caller.merchant_id,
                    livemode=caller.livemode,
                    since=since,
                    limit=_PAGE,
                    cursor=cursor,
                )
            )
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return
