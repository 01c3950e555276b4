"""The short way in: operations of a fixed path are answered without Flask's machinery.

Matching rules, contexts, signals and a response object cost several times what a payment's own
rules do. Whatever is not one of these operations, to the letter, goes to Flask as before; both ways
lead through the same views and the same clerk, and a test compares their answers.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from werkzeug.http import HTTP_STATUS_CODES

from adapters.inbound.http.clerk import Clerk
from adapters.inbound.http.logs import begin
from adapters.inbound.http.operations import StepsView, View
from adapters.inbound.http.replies import NO_CONTENT
from adapters.inbound.http.turns import Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Views = Mapping[tuple[str, str], View]
"""Views by method and path."""
_STATUS = {code: f"{code} {words.upper()}" for code, words in HTTP_STATUS_CODES.items()}


class Direct:
    """A WSGI application that answers `views` itself and leaves the rest to `otherwise`."""

    def __init__(
        self,
        views: Views,
        stepped: Mapping[tuple[str, str], StepsView],
        otherwise: WSGIApplication,
        clerk: Clerk,
        turns: Turns,
    ) -> None:
        self._views = {name: (view, stepped.get(name)) for name, view in views.items()}
        self._turns = turns
        self._otherwise = otherwise
        self._clerk = clerk

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a WSGI server."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        views = self._views.get((method, path))
        if views is None:
            return self._otherwise(environ, start_response)
        view, steps = views
        trace = begin(environ)
        try:
            answer = self._turns.take(steps(environ)) if steps else view(environ)
        except Exception as error:  # noqa: BLE001  whatever it is, the caller hears a problem
            answer = self._clerk.refused(error, trace)
        headers, body, status = answer.headers, answer.body, answer.status
        headers += self._clerk.closed(trace, method, path, status, cached=False)
        if status != NO_CONTENT:
            headers.append(("Content-Length", str(len(body))))
        start_response(_STATUS[status], headers)
        return [body]
