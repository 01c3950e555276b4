"""Lunas's API over HTTP: one call at a time, repeated under the same key while it is safe."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from adapters.inbound.cli.connection import connected
from adapters.inbound.cli.problems import Json, NoAnswer, Refused

MOST_TRIES = 5
FIRST_PAUSE_SECONDS = 0.25
"""Before the second try; doubled before each further one."""
LONGEST_PAUSE_SECONDS = 30.0
"""A server that asks for more patience than this is left alone."""
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
PASSING = frozenset({"idempotency_in_progress", "concurrent_change"})
"""Conflicts that go by themselves, and have changed nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Lunas said: its status, its JSON, and whether it asks to wait before the next call."""

    status: int
    body: Json
    retry_after: float | None


def lunas_at(url: str, api_key: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """The connection that a Client speaks over, to be closed with a `with`."""
    return connected(
        url,
        timeout=_patience(0),
        base_url=url,
        headers={"Authorization": f"Bearer {api_key}", "Accept": "application/json"},
        transport=transport,
    )


class Client:
    """One API client's way in, over a connection of `lunas_at`.

    Calls raise Refused for a problem and NoAnswer where Lunas cannot be reached. A connection that
    fails, a 503 and a 409 of PASSING are tried again, at most `tries` times in all, after the
    Retry-After given (in seconds) or a growing pause.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        pause: Callable[[float], None],
        note: Callable[[str], None],
        tries: int = MOST_TRIES,
    ) -> None:
        self._http = http
        self._pause = pause
        self._note = note
        self._tries = tries

    def get(self, path: str, query: Mapping[str, str | int | None] | None = None) -> Answer:
        """Read something; `wait` in the query holds the answer back for so many seconds."""
        given = {name: value for name, value in (query or {}).items() if value is not None}
        return self._ask(
            self._http.build_request(
                "GET", path, params=given, timeout=_patience(float(given.get("wait", 0)))
            )
        )

    def post(self, path: str, body: Json, key: str) -> Answer:
        """Create or move something, once for this idempotency key however often it is sent."""
        return self._ask(
            self._http.build_request("POST", path, json=body, headers={"Idempotency-Key": key})
        )

    def _ask(self, request: httpx.Request) -> Answer:
        for number in range(1, self._tries + 1):
            delay = FIRST_PAUSE_SECONDS * 2 ** (number - 1)
            try:
                return self._once(request)
            except httpx.TransportError as error:
                why = f"no answer ({type(error).__name__})"
                failure: Refused | NoAnswer = NoAnswer(why)
            except Refused as refused:
                if not _worth_repeating(refused):
                    raise
                why, failure = refused.code, refused
                delay = delay if refused.retry_after is None else refused.retry_after
            if number == self._tries or delay > LONGEST_PAUSE_SECONDS:
                raise failure
            self._note(f"{why}: trying again in {delay:g} s ({number + 1} of {self._tries})")
            self._pause(delay)
        raise AssertionError("the last try answers or raises")

    def _once(self, request: httpx.Request) -> Answer:
        try:
            response = self._http.send(request)
        except httpx.TransportError:
            raise
        except httpx.HTTPError as error:
            raise NoAnswer(f"its answer cannot be read ({type(error).__name__})") from None
        body = _object(response)
        retry_after = _seconds(response.headers.get("Retry-After"))
        if body is not None and response.is_success:
            return Answer(response.status_code, body, retry_after)
        if body is not None and response.is_error:
            raise Refused(response.status_code, body, retry_after)
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise httpx.RemoteProtocolError("503 from something in between")
        raise NoAnswer(f"something else answered there, with status {response.status_code}")


def _patience(wait: float) -> httpx.Timeout:
    return httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=ANSWER_SECONDS + wait)


def _worth_repeating(refused: Refused) -> bool:
    if refused.status == httpx.codes.CONFLICT:
        return refused.code in PASSING
    return (
        refused.status == httpx.codes.SERVICE_UNAVAILABLE
        and refused.problem.get("retryable") is not False
    )


def _object(response: httpx.Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None or not (retry_after.isascii() and retry_after.isdigit()):
        return None
    return float(retry_after)
