"""Sends signed events to the merchants' endpoints."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import final

import httpx

from adapters.outbound.webhook.signature import signature
from adapters.outbound.wire import AddressRefused, Answer, AnswerTooLarge, Guard, Wire
from application.ports import WebhookSender
from domain.events import Event
from domain.webhook import DeliveryAnswer, Endpoint

_NO_DEADLINE = timedelta.max
_USER_AGENT = "Lunas-Webhooks/1"


@final
class SignedWebhooks(WebhookSender):
    """Standard Webhooks over a wire that keeps connections; nothing is retried or followed here.

    `body` renders an event, `clock` tells the time of sending (UTC).
    """

    def __init__(
        self,
        *,
        wire: Wire,
        body: Callable[[Event], bytes],
        clock: Callable[[], datetime],
        answer_within: timedelta,
    ) -> None:
        self._wire = wire
        self._body = body
        self._clock = clock
        self._answer_within = answer_within

    async def send(self, endpoint: Endpoint, event: Event) -> DeliveryAnswer:
        """POST the event; an answer of any kind, or why there was none."""
        now = self._clock()
        body = self._body(event)
        seconds = int(now.timestamp())
        signed = signature(endpoint.signing_secrets(now), event.id, seconds, body)
        headers = [
            ("content-type", "application/json"),
            ("user-agent", _USER_AGENT),
            ("webhook-id", event.id),
            ("webhook-timestamp", str(seconds)),
            ("webhook-signature", signed),
        ]
        ends = self._wire.uptime() + self._answer_within
        guard = Guard(leave_by=_NO_DEADLINE, end_by=ends)
        try:
            patience = self._answer_within.total_seconds()
            answer = await self._wire.post(
                endpoint.url, headers, body, guard, connect=patience, read=patience
            )
        except AddressRefused:
            return DeliveryAnswer(None, "the address is not allowed (LUNAS_WEBHOOK_NETWORKS)")
        except AnswerTooLarge:
            return DeliveryAnswer(None, "the answer is too large")
        except httpx.HTTPError as failed:
            return DeliveryAnswer(None, _reason(failed))
        return DeliveryAnswer(answer.status, None, _retry_after(answer, now))

    async def aclose(self) -> None:
        """Close the connections kept."""
        await self._wire.aclose()


def _reason(failed: Exception) -> str:
    match failed:
        case httpx.ReadTimeout():
            return "no answer in time"
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "no connection"
        case _:
            return "the connection was cut"


def _retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """Seconds, or an HTTP date (RFC 9110, section 10.2.3);

    anything else is as if it were absent.
    """
    told = answer.header(b"retry-after").strip()
    if told.isascii() and told.isdigit():
        return timedelta(seconds=min(int(told[:9]), 10**9))
    try:
        return max(parsedate_to_datetime(told) - now, timedelta(0))
    except (ValueError, TypeError):
        return None
