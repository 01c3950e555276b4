"""What an operation takes, answers and refuses: the source of the OpenAPI document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from adapters.inbound.http.models import NoQuery, QueryModel, RequestModel
from adapters.inbound.http.problems import Code
from adapters.inbound.http.replies import Reply
from application.steps import Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. `path` is a Flask rule; `keyed` asks for an Idempotency-Key.

    `refusals` are those of its own; what every operation may refuse is added by `may_refuse`.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    answers: Mapping[int, type[BaseModel] | str | None]
    query: type[QueryModel] = NoQuery
    body: type[RequestModel] | None = None
    body_required: bool = True
    keyed: bool = False
    located: bool = False
    may_say_later: bool = False
    secured: bool = True
    refusals: tuple[Code, ...] = ()

    def may_refuse(self) -> tuple[Code, ...]:
        """Every problem that this operation may answer with."""
        codes = [*self.refusals, Code.INTERNAL_ERROR, Code.VALIDATION_FAILED, Code.MALFORMED]
        if self.secured:
            codes += [Code.UNAUTHORIZED, Code.RATE_LIMITED, Code.STORE_UNAVAILABLE]
        if self.body:
            codes += [Code.BODY_TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE]
        if self.keyed:
            codes += [
                Code.IDEMPOTENCY_KEY_MISSING,
                Code.IDEMPOTENCY_KEY_REUSED,
                Code.CONCURRENT_CHANGE,
                Code.QUEUE_FULL,
            ]
        return tuple(dict.fromkeys(codes))


Environ = dict[str, Any]
"""One request, as WSGI tells it."""
View = Callable[..., Reply]
StepsView = Callable[[Environ], Steps[Reply]]
"""A view in steps."""
Route = tuple[Operation, View]
"""An operation and what answers it; the view takes the environ, and the path's ids by name."""
