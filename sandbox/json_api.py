"""How the control API reads and writes JSON, and how it says that something is wrong."""

from collections.abc import Callable

import orjson
from aiohttp import web

from sandbox.local import Handler, only_local


class ProblemError(Exception):
    """An answer that is no success: its status and its words."""

    def __init__(self, status: int, error: str, **details: object) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, **details}


def answering(answer: Callable[[web.Request, object], object]) -> Handler:
    """A handler for loopback peers that answers with what the function returns."""

    async def handler(request: web.Request) -> web.StreamResponse:
        status = 200
        try:
            body = await request.read()
            result = answer(request, orjson.loads(body) if body else None)
            if isinstance(result, web.StreamResponse):
                return result
        except orjson.JSONDecodeError:
            status, result = 400, {"error": "malformed", "message": "the body is not JSON"}
        except ProblemError as problem:
            status, result = problem.status, problem.body
        return web.Response(
            body=orjson.dumps(result, option=orjson.OPT_INDENT_2),
            status=status,
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return only_local(handler)
