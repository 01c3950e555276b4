"""The bare floor of a create: one durable insert behind the same server, and nothing else."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

import orjson
from flask import Flask, Response, request

from adapters.outbound.sqlite.database import Database, migrate
from adapters.outbound.sqlite.turnstile import Turnstile
from adapters.outbound.sqlite.writer import Writer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

DATABASE = "BENCH_DATABASE"
ANSWER_BYTES = 1_000
"""About as long as the answer to a create, and as the row it writes."""
_TABLE = "CREATE TABLE bare (id TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) STRICT"
_ADD = "INSERT INTO bare (id, body) VALUES (?, ?)"


def lay(path: Path) -> None:
    """Make the floor's database: a store of the same settings with one table more."""
    migrate(path)
    connection = Database(path).open_writer()
    connection.execute(_TABLE)
    connection.close()


def _writer() -> Writer:
    path = Path(os.environ[DATABASE])
    return Writer(Database(path), Turnstile(path))


def _insert(writer: Writer, wish: Any) -> bytes:
    """Write one row, durably, as long as a payment's; returns the answer."""
    id_ = secrets.token_hex(16)
    body: bytes = orjson.dumps({"id": id_, "order_id": wish["order_id"], "fill": ""})
    body = body[:-2] + b"x" * (ANSWER_BYTES - len(body)) + body[-2:]
    writer.write(lambda connection: connection.execute(_ADD, (id_, body)))
    return body


def bare() -> WSGIApplication:
    """A plain WSGI function: the strict floor."""
    writer = _writer()

    def serve(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        body = _insert(writer, orjson.loads(raw))
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("202 Accepted", headers)
        return [body]

    return serve


def bare_flask() -> WSGIApplication:
    """The same as a Flask view, nothing tuned."""
    writer = _writer()
    app = Flask("floor")

    @app.post("/v1/payments")
    def start() -> Response:
        return Response(_insert(writer, request.get_json()), 202, mimetype="application/json")

    return app
