"""The few calls of Lunas's HTTP API that a chat needs.

A POST carries the idempotency key of its intent, so repeating it is always safe, and a call whose
answer was lost is simply made again.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

Json = dict[str, Any]
TRIES = 3
LONGEST_PAUSE = 1.0
"""Seconds between two tries; a patient is waiting."""


class Refused(Exception):
    """Lunas said no, or could not be reached (`code` is `unreachable`)."""

    def __init__(self, code: str, document: Mapping[str, Any], retry_after: int | None) -> None:
        super().__init__(code)
        self.code = code
        self.payment_id: str | None = document.get("payment_id")
        self.fields = [error["pointer"] for error in document.get("errors", [])]
        self.retry_after = retry_after


class Lunas:
    """A merchant's view of Lunas. Every method may raise Refused."""

    def __init__(self, url: str, api_key: str) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=5)

    # -- payments --------------------------------------------------------------------------------

    def start(self, order_id: str, *, amount: int, phone: str, locale: str, key: str) -> Json:
        """Start the payment of an order: the push to the phone follows by itself."""
        body = {
            "order_id": order_id,
            "amount": amount,
            "phone": phone,
            "description": "Konsultasi chat",
            "customer": {"locale": locale},
        }
        return self._call("POST", "/v1/payments", body, key)

    def push(self, payment_id: str, phone: str | None, key: str) -> Json:
        """Push once more, to another number if one is given."""
        body = {"phone": phone} if phone is not None else {}
        return self._call("POST", f"/v1/payments/{payment_id}/push", body, key)

    def cancel(self, payment_id: str, key: str) -> Json:
        """Cancel it: at once, or as soon as a push that is out is settled."""
        return self._call("POST", f"/v1/payments/{payment_id}/cancel", {}, key)

    def payment(self, payment_id: str) -> Json:
        """The payment as it is now; asked once, because a page can do without."""
        return self._call("GET", f"/v1/payments/{payment_id}", tries=1)

    def newest_payment(self, order_id: str) -> Json:
        """The newest payment of an order that has one."""
        page = self._call("GET", "/v1/payments", params={"order_id": order_id, "limit": "1"})
        return dict(page["data"][0])

    # -- webhooks --------------------------------------------------------------------------------

    def endpoints(self, url: str) -> Sequence[Json]:
        """The webhook endpoints that were registered with this URL."""
        page = self._call("GET", "/v1/webhook_endpoints")
        return [endpoint for endpoint in page["data"] if endpoint["url"] == url]

    def register(self, url: str, events: Sequence[str]) -> Json:
        """Add an endpoint: its secret is in this answer, and in no later one."""
        body = {"url": url, "events": list(events)}
        return self._call("POST", "/v1/webhook_endpoints", body, f"hook-{uuid.uuid4()}")

    def unregister(self, endpoint_id: str) -> None:
        """Delete an endpoint, and what was still to be sent to it."""
        self._call("DELETE", f"/v1/webhook_endpoints/{endpoint_id}")

    def recover(self, endpoint_id: str, since: float) -> None:
        """Send everything again that happened since then; what was heard is ignored by its id."""
        body = {"since": datetime.fromtimestamp(since, UTC).isoformat()}
        path = f"/v1/webhook_endpoints/{endpoint_id}/recover"
        self._call("POST", path, body, f"recover-{uuid.uuid4()}")

    # -- the wire --------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        key: str | None = None,
        *,
        params: Mapping[str, str] | None = None,
        tries: int = TRIES,
    ) -> Json:
        headers = {"Idempotency-Key": key} if key else {}
        refused = Refused("unreachable", {}, None)
        for number in range(tries):
            if number:
                time.sleep(min(refused.retry_after or 0.2 * number, LONGEST_PAUSE))
            try:
                answer = self._http.request(method, path, json=body, headers=headers, params=params)
            except httpx.HTTPError:
                continue  # sent or not, we cannot know: the same key makes asking again harmless
            if answer.is_success:
                return dict(answer.json()) if answer.content else {}
            refused = _refusal(answer)
            if answer.status_code < 500 and refused.code != "idempotency_in_progress":
                break
        raise refused


def _refusal(answer: httpx.Response) -> Refused:
    try:
        document = dict(answer.json())
    except ValueError:
        document = {}
    wait = answer.headers.get("Retry-After", "")
    code = str(document.get("code", f"http_{answer.status_code}"))
    return Refused(code, document, int(wait) if wait.isdecimal() else None)
