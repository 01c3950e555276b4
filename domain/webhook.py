"""Where events go, and when a delivery is tried again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from domain.copying import replace
from domain.events import EventType

_ACCEPTED, _REDIRECTED = int(HTTPStatus.OK), int(HTTPStatus.MULTIPLE_CHOICES)
_GONE = int(HTTPStatus.GONE)
ANSWER_WITHIN = timedelta(seconds=15)
"""How long an endpoint may take to answer."""
LONGEST_RETRY_AFTER = timedelta(hours=24)
FAILING_FOR = timedelta(days=5)
"""An endpoint that has only failed for this long is disabled."""
DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Before each attempt, counted from the end of the one before (promised to integrators)."""
JITTER = 0.1
"""The most that a delay is lengthened by, as a share of it."""


class EndpointStatus(StrEnum):
    """Whether events are sent."""

    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Secret:
    """One signing secret (`whsec_` and base64); `retires_at` ends the overlap of a rotation."""

    value: str = field(repr=False)
    retires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL of the merchant's that hears events; `events` empty means all of them."""

    id: str
    merchant_id: str
    livemode: bool
    url: str
    events: tuple[EventType, ...]
    secrets: tuple[Secret, ...]
    created_at: datetime
    status: EndpointStatus = EndpointStatus.ENABLED
    failing_since: datetime | None = None
    disabled_reason: str | None = None
    version: int = 1

    def hears(self, event: EventType) -> bool:
        """Whether this event is to be sent here."""
        return self.status is EndpointStatus.ENABLED and (not self.events or event in self.events)

    def signing_secrets(self, at: datetime) -> Sequence[str]:
        """The secrets to sign with now, newest first: two while one is rotated."""
        return [s.value for s in self.secrets if s.retires_at is None or s.retires_at > at]

    def rotate(self, fresh: str, at: datetime, overlap: timedelta) -> "Endpoint":
        """Sign with a fresh secret from now on, and with the present one until the overlap ends."""
        old = [replace(s, retires_at=at + overlap) for s in self.secrets if s.retires_at is None]
        return replace(self, secrets=(Secret(fresh), *old), version=self.version + 1)

    def disable(self, reason: str) -> "Endpoint":
        """Send nothing any more."""
        return replace(
            self,
            status=EndpointStatus.DISABLED,
            disabled_reason=reason,
            version=self.version + 1,
        )

    def enable(self) -> "Endpoint":
        """Send again, with a clean slate."""
        return replace(
            self,
            status=EndpointStatus.ENABLED,
            disabled_reason=None,
            failing_since=None,
            version=self.version + 1,
        )


class DeliveryStatus(StrEnum):
    """Where one delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class DeliveryAnswer:
    """What an endpoint did: its HTTP status, or None and why there is none."""

    status: int | None
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def accepted(self) -> bool:
        """Only 2xx counts."""
        return self.status is not None and _ACCEPTED <= self.status < _REDIRECTED

    @property
    def gone(self) -> bool:
        """The endpoint asked never to be called again."""
        return self.status == _GONE


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint.

    While pending, it is due at `due_at`; a claim pushes that on.
    """

    id: str
    event_id: str
    endpoint_id: str
    merchant_id: str
    livemode: bool
    created_at: datetime
    due_at: datetime
    status: DeliveryStatus = DeliveryStatus.PENDING
    tries: int = 0
    last_status: int | None = None
    last_error: str | None = None
    last_at: datetime | None = None
    version: int = 1

    def claim(self, at: datetime, answer_within: timedelta) -> "Delivery":
        """Take this turn:

        should its process die, the delivery is due again after the answer's time.
        """
        return replace(self, due_at=at + 2 * answer_within, version=self.version + 1)

    def record(self, answer: DeliveryAnswer, at: datetime, luck: float) -> "Delivery":
        """Write down an answer; `luck` in [0, 1) spreads the next try."""
        tries = self.tries + 1
        told = replace(
            self,
            tries=tries,
            last_status=answer.status,
            last_error=answer.error,
            last_at=at,
            version=self.version + 1,
        )
        if answer.accepted:
            return replace(told, status=DeliveryStatus.DELIVERED)
        if answer.gone:
            return replace(told, status=DeliveryStatus.DROPPED)
        if tries >= len(DELAYS):
            return replace(told, status=DeliveryStatus.EXHAUSTED)
        wait = DELAYS[tries] * (1 + JITTER * luck)
        if answer.retry_after is not None:
            wait = max(wait, min(answer.retry_after, LONGEST_RETRY_AFTER))
        return replace(told, due_at=at + wait)

    def drop(self, why: str, at: datetime) -> "Delivery":
        """Give up: the endpoint is gone or disabled."""
        return replace(
            self,
            status=DeliveryStatus.DROPPED,
            last_error=why,
            last_at=at,
            version=self.version + 1,
        )
