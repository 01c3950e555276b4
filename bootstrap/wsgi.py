"""The HTTP API of this house as a process."""

import atexit
import signal
import threading
from contextlib import ExitStack
from datetime import timedelta
from multiprocessing.util import Finalize
from wsgiref.types import WSGIApplication

import structlog
from prometheus_client import CollectorRegistry

from adapters.inbound.http.app import Api, create_app
from adapters.inbound.http.door import Door, DoorSettings, Standing
from adapters.inbound.http.inquiries import Loop
from application.abandon_attempts import MISSING_AFTER
from application.ports import StoreUnavailable
from bootstrap.either import opened
from bootstrap.heap import settle
from bootstrap.house import House
from bootstrap.limits import raise_file_limit
from bootstrap.logs import request_lines, write_json_lines
from bootstrap.metrics import take_room
from bootstrap.parent import end_with_parent
from bootstrap.settings import read_settings

MEASURE_EVERY = timedelta(minutes=1)


def standing(house: House) -> Standing:
    """Why no payment could be made now, in plain words, and what else is wrong."""
    found = []
    try:
        now = house.store.heartbeats.now()
        house.clock.measure(now)
        alive = house.store.heartbeats.alive(now - MISSING_AFTER)
    except StoreUnavailable:
        return Standing(["the store cannot be used"])
    if trouble := house.clock.trouble():
        found.append(trouble)
    if not alive:
        found.append("no worker has been heard of: start `lunas worker`")
    troubled = [f"{b.worker} starts nothing: {b.trouble}" for b in alive if b.trouble]
    if alive and len(troubled) == len(alive):
        return Standing([*found, *troubled])
    return Standing(found, troubled)


def build_door(house: House, loop: Loop) -> Door:
    """The API's use cases and ports."""
    settings, core = house.settings, house.core
    return Door(
        choose_provider=core.choose(),
        start_payment=core.start(),
        request_push=core.request_push(),
        cancel_payment=core.cancel(),
        hasten_check=core.hasten(),
        refund_payment=core.refund(),
        close_refund=core.close_refund(),
        resolve_payment=core.resolve_by_hand(),
        close_exception=core.close_exception(),
        inquire_phone=core.inquire(),
        link_wallet=core.link_wallet(),
        see_links=core.see_links(),
        unlink_wallet=core.unlink_wallet(),
        ask_for_cover=core.ask_for_cover(),
        webhook_endpoints=core.webhook_endpoints(),
        redeliver_events=core.redeliver(),
        search_payments=core.search(),
        receive_notification=core.receive(),
        payments=house.store.payments,
        events=house.store.events,
        deliveries=house.store.deliveries,
        directory=house.store.directory,
        idempotency=house.answers,
        readers=core.readers(),
        changes=house.bell,
        providers={
            provider.method: provider
            for provider in (house.provider, *(o.provider for o in house.offers.values()))
        },
        clock=house.clock,
        fingerprint=house.keyring.fingerprint,
        readiness=lambda: standing(house),
        loop=loop,
        limiter=house.limiter,
        settings=DoorSettings(
            public_url=settings.shown_url,
            docs_url=settings.shown_url,
            threads=settings.api_threads,
            max_waiters=settings.api_waiters,
            inquiry_within=settings.ovo_ask_within,
        ),
        registry=CollectorRegistry(),
        write_lines=request_lines(settings.log_level, "api"),
    )


def create() -> WSGIApplication:
    """Open the house and return its API; everything is closed when the process ends."""
    end_with_parent(signal.SIGKILL)
    settings = read_settings()
    take_room()
    write_json_lines(settings.log_level, "api")
    raise_file_limit()
    closing = ExitStack()
    atexit.register(closing.close)
    house = closing.enter_context(opened(settings, "api"))
    house.bell.answer()
    loop = Loop()
    loop.start()
    closing.callback(loop.stop)
    _measure(house)
    app = create_app(build_door(house, loop))
    app.journal.start()
    decide_in_step(app, house, closing)
    # granian's worker is a child of multiprocessing, which ends it without Python's own atexit: the
    # store may be left as it is, but lines that wait would be lost.
    Finalize(None, app.journal.stop, exitpriority=0)
    settle()
    structlog.get_logger().info("api ready", port=settings.port)
    return app


def decide_in_step(app: Api, house: House, closing: ExitStack) -> None:
    """Have one thread decide, where no step of it asks another machine: all would wait with it."""
    if house.alone:
        app.turns.start()
        closing.callback(app.turns.stop)


def _measure(house: House) -> None:
    """Compare the clock with the store's each minute, beside the requests."""

    def look() -> None:
        while True:
            pause.wait(MEASURE_EVERY.total_seconds())
            try:
                house.clock.measure(house.store.heartbeats.now())
            except StoreUnavailable:
                structlog.get_logger().warning("the clock was not measured: the store is away")

    pause = threading.Event()
    threading.Thread(target=look, name="clock", daemon=True).start()
