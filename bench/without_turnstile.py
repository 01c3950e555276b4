"""The layout with two processes and no turnstile: their writers meet at SQLite's own lock.

Run as a program it is the dispatcher; `create` is what the server loads.
"""

from contextlib import nullcontext
from wsgiref.types import WSGIApplication

from adapters.outbound.sqlite.turnstile import Turnstile
from bootstrap import worker, wsgi
from bootstrap.settings import read_settings


def _remove_turnstile() -> None:
    setattr(Turnstile, "turn", lambda _: nullcontext())  # noqa: B010  the class is final


def create() -> WSGIApplication:
    """The API."""
    _remove_turnstile()
    return wsgi.create()


if __name__ == "__main__":
    _remove_turnstile()
    worker.run(read_settings())
