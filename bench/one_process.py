"""The layout with one process: the API, and the dispatcher's loop on a thread beside it."""

import asyncio
import atexit
import threading
from contextlib import ExitStack
from wsgiref.types import WSGIApplication

import uvloop
from prometheus_client import CollectorRegistry

from adapters.inbound.http.app import create_app
from adapters.inbound.http.inquiries import Loop
from adapters.outbound.signal.bell import Bell
from bootstrap.either import opened
from bootstrap.house import House
from bootstrap.limits import raise_file_limit
from bootstrap.logs import write_json_lines
from bootstrap.settings import read_settings
from bootstrap.worker import build, watching
from bootstrap.wsgi import build_door


def create() -> WSGIApplication:
    """The API of a house whose dispatcher runs in this same process; one writer, no turnstile."""
    settings = read_settings()
    write_json_lines(settings.log_level, "one")
    files = raise_file_limit()
    closing = ExitStack()
    atexit.register(closing.close)
    house = closing.enter_context(opened(settings, "api"))
    house.bell.answer()
    loop = Loop()
    loop.start()
    threading.Thread(target=_dispatch, args=(house, files), daemon=True).start()
    app: WSGIApplication = create_app(build_door(house, loop))
    return app


def _dispatch(house: House, files: int) -> None:
    dispatcher = build(house, watching(house, CollectorRegistry()), files)
    # The API's bell never rings itself: the dispatcher hears by one of its own.
    dispatcher.bell = Bell(house.settings.bells, "dispatcher")
    uvloop.run(dispatcher.run(asyncio.Event()))
