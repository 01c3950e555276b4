"""Answers on their way out: bytes and headers, made once."""

from collections.abc import Mapping

import orjson

from adapters.inbound.http.problems import MEDIA_TYPE, PROBLEMS, Refusal

JSON = "application/json"
HTML = "text/html; charset=utf-8"
NO_CONTENT = 204


class Reply:
    """A status, headers in their order and a whole body in memory; no server's own type."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int, headers: list[tuple[str, str]]) -> None:
        self.body = body
        self.status = status
        self.headers = headers

    def add(self, name: str, value: str) -> None:
        """One header more."""
        self.headers.append((name, value))


def reply(
    body: bytes, *, status: int = 200, kind: str = JSON, headers: Mapping[str, str] | None = None
) -> Reply:
    """An answer with this body."""
    told = [("Content-Type", kind)]
    if headers:
        told += headers.items()
    return Reply(body, status, told)


def json_reply(value: object, *, status: int = 200) -> Reply:
    """An answer that is this value as JSON."""
    return reply(orjson.dumps(value), status=status)


def no_content() -> Reply:
    """Done, and nothing to say."""
    return Reply(b"", NO_CONTENT, [])


def problem_reply(refusal: Refusal, errors_url: str, request_id: str) -> Reply:
    """The problem document of a refusal, with its headers."""
    body = orjson.dumps(refusal.document(errors_url, request_id))
    headers = refusal.headers
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    return reply(body, status=PROBLEMS[refusal.code].status, kind=MEDIA_TYPE, headers=headers)
