"""Answers on their way out: bytes and headers, made once."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import orjson
from flask import Response
from werkzeug.datastructures import Headers

from adapters.inbound.http.problems import MEDIA_TYPE, PROBLEMS, Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = "application/json"
HTML = "text/html; charset=utf-8"
_NO_BODY = 204


class Reply(Response):
    """A whole body in memory: it goes out as one list, which servers write at once."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a WSGI server."""
        body = self.response
        if not isinstance(body, list):  # a file is sent in pieces
            return super().__call__(environ, start_response)
        headers = self.headers.to_wsgi_list()
        if self.status_code != _NO_BODY:
            headers.append(("Content-Length", str(sum(map(len, body)))))
        start_response(self.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def reply(
    body: bytes, *, status: int = 200, kind: str = JSON, headers: Mapping[str, str] | None = None
) -> Reply:
    """An answer with this body."""
    answer = Reply([body], status, Headers([("Content-Type", kind)]))
    if headers:
        answer.headers.extend(headers)
    return answer


def json_reply(value: object, *, status: int = 200) -> Reply:
    """An answer that is this value as JSON."""
    return reply(orjson.dumps(value), status=status)


def no_content() -> Reply:
    """Done, and nothing to say."""
    answer = Reply([], _NO_BODY)
    del answer.headers["Content-Type"]
    return answer


def problem_reply(refusal: Refusal, errors_url: str, request_id: str) -> Reply:
    """The problem document of a refusal, with its headers."""
    body = orjson.dumps(refusal.document(errors_url, request_id))
    headers = refusal.headers
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    return reply(body, status=PROBLEMS[refusal.code].status, kind=MEDIA_TYPE, headers=headers)
