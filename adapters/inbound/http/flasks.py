"""Our answers as Flask sends them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

from adapters.inbound.http.replies import NO_CONTENT, Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class WholeResponse(Response):
    """A whole body in memory: it goes out as one list, which servers write at once."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a WSGI server."""
        body = self.response
        if not isinstance(body, list):  # a file is sent in pieces
            return super().__call__(environ, start_response)
        headers = self.headers.to_wsgi_list()
        if self.status_code != NO_CONTENT:
            headers.append(("Content-Length", str(sum(map(len, body)))))
        start_response(self.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def as_response(answer: Reply | Response) -> Response:
    """The answer as Flask's response; one that is such already stays as it is."""
    if isinstance(answer, Response):
        return answer
    response = WholeResponse([answer.body], answer.status)
    response.headers = Headers(answer.headers)
    return response
