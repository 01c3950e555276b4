"""Events POSTed to a developer's machine, as a webhook would bring them."""

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from adapters.inbound.cli.connection import connected
from adapters.inbound.cli.event_views import id_of
from adapters.inbound.cli.problems import Json

USER_AGENT = "Lunas-Webhooks/1"
"""What production says; a test compares the two."""
ANSWER_SECONDS = 15.0
RETRY_AFTER_SECONDS = 5.0
"""Before the second try: the first delay that webhooks are promised."""
MOST_TRIES = 2
MOST_WAITING = 10_000
"""Events that wait for their second try; one more is given up at once."""
MOST_ANSWER_BYTES = 64 * 1024
"""Of a body that nobody reads."""
GONE = 410


@dataclass(frozen=True, slots=True)
class Sent:
    """One try: what the receiver said or why it said nothing, and whether another try follows.

    Only a 2xx is `accepted`.
    """

    event: Json
    number: int
    status: int | None
    error: str | None
    milliseconds: int
    accepted: bool
    again: bool


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: Json
    number: int
    due: float


def receiver_at(url: str) -> httpx.Client:
    """The connection that a Forwarder sends over, to be closed with a `with`."""
    return connected(url, timeout=httpx.Timeout(ANSWER_SECONDS))


class Forwarder:
    """Sends each event, and once more RETRY_AFTER_SECONDS later where it was not accepted.

    One at a time, so that they arrive in order; an event that waits holds up no other. `http` is a
    connection of `receiver_at`; `sign(event_id, unix_seconds, body)` is the signature header.
    """

    def __init__(
        self,
        http: httpx.Client,
        url: str,
        *,
        sign: Callable[[str, int, bytes], str],
        uptime: Callable[[], float],
        told: Callable[[Sent], None],
    ) -> None:
        self._http = http
        self._url = url
        self._sign = sign
        self._uptime = uptime
        self._told = told
        self._waiting: deque[_Waiting] = deque()

    @property
    def waiting(self) -> int:
        """How many events wait for their second try."""
        return len(self._waiting)

    def forward(self, event: Json) -> None:
        """The first try."""
        self._try(event, 1)

    def again(self) -> None:
        """The second try of every event whose time has come."""
        while self._waiting and self._waiting[0].due <= self._uptime():
            waited = self._waiting.popleft()
            self._try(waited.event, waited.number)

    def _try(self, event: Json, number: int) -> None:
        started = time.monotonic()
        status, error = self._post(event)
        milliseconds = round((time.monotonic() - started) * 1_000)
        accepted = status is not None and httpx.codes.is_success(status)
        again = (
            not accepted
            and status != GONE
            and number < MOST_TRIES
            and len(self._waiting) < MOST_WAITING
        )
        if again:
            due = self._uptime() + RETRY_AFTER_SECONDS
            self._waiting.append(_Waiting(event, number + 1, due))
        self._told(Sent(event, number, status, error, milliseconds, accepted, again))

    def _post(self, event: Json) -> tuple[int | None, str | None]:
        """The status, or why there is none."""
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        seconds = int(time.time())
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": USER_AGENT,
            "webhook-id": id_of(event),
            "webhook-timestamp": str(seconds),
            "webhook-signature": self._sign(id_of(event), seconds, body),
        }
        try:
            return self._status(body, headers), None
        except httpx.ConnectError:
            return None, "no connection"
        except httpx.TimeoutException:
            return None, f"no answer in {ANSWER_SECONDS:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            return None, "the connection was cut"

    def _status(self, body: bytes, headers: dict[str, str]) -> int:
        """The answer's status; of its body no more is read than a receiver needs to be done."""
        ends = time.monotonic() + ANSWER_SECONDS
        with self._http.stream("POST", self._url, content=body, headers=headers) as answer:
            read = 0
            for part in answer.iter_raw():
                read += len(part)
                if read > MOST_ANSWER_BYTES or time.monotonic() > ends:
                    break
            return answer.status_code
