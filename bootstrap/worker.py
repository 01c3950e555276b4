"""`lunas worker`: the dispatcher as a process."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import structlog
import uvloop
from prometheus_client import CollectorRegistry

from adapters.inbound.dispatcher.deliveries import DeliveryLane
from adapters.inbound.dispatcher.dispatcher import Dispatcher, run_until_signal
from adapters.inbound.dispatcher.pushes import PushLane
from adapters.inbound.dispatcher.questions import QuestionLane
from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.upkeep import Upkeep
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import Report
from application.deliver_events import DeliveryReport
from application.ports import StoreUnavailable
from bootstrap.embedded import House, opened
from bootstrap.heap import settle
from bootstrap.limits import calls_that_fit, raise_file_limit
from bootstrap.logs import gathered_lines, write_json_lines
from bootstrap.metrics import take_room
from bootstrap.settings import Settings
from bootstrap.watch import LogAndCount

DRAIN = timedelta(seconds=80)
"""How long held calls are waited for on SIGTERM, unless LUNAS_DRAIN says otherwise."""


class AlreadyRunning(StoreUnavailable):
    """Another worker holds this store: on SQLite there is one."""


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the worker's lock; raises AlreadyRunning."""
    lock = os.open(settings.data_dir / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise AlreadyRunning("another worker runs on this database") from held
        yield
    finally:
        os.close(lock)


def watching(house: House) -> LogAndCount:
    """Who writes down and counts what this house's dispatcher does."""
    return LogAndCount(CollectorRegistry(), gathered_lines(house.settings.log_level, "worker"))


def build(house: House, watch: Watch, files: int) -> Dispatcher:
    """The dispatcher of this house."""
    settings, core, threads = house.settings, house.core, Threads()
    gateway = house.gateway()
    webhooks_wake, questions_wake = Alarm(), Alarm()

    def outcomes_told(recorded: int, held: int) -> None:
        watch.recorded(recorded, held=held)
        webhooks_wake.ring()
        questions_wake.ring()

    def record_deliveries(reports: Sequence[DeliveryReport]) -> Sequence[DeliveryReport]:
        core.record_deliveries()(reports)
        return []

    pushes = PushLane(
        push=core.push(),
        gateway=gateway,
        recorder=Recorder[Report](
            record=core.confirm(),
            threads=threads,
            told=outcomes_told,
            trouble=lambda fault: watch.trouble("record", fault),
        ),
        threads=threads,
        watch=watch,
        width=calls_that_fit(settings.push_width, files),
        scan_every=settings.scan_every,
        fit=lambda: house.clock.trouble() is None,
    )
    questions = QuestionLane(
        resolve=core.resolve(),
        gateway=gateway,
        recorder=pushes.recorder,
        threads=threads,
        watch=watch,
        clock=house.clock,
        pace=settings.check_pace,
        width=settings.check_width,
        scan_every=settings.scan_every,
        fit=pushes.fit,
        alarm=questions_wake,
    )
    deliveries = DeliveryLane(
        relay=core.relay(),
        claim=core.claim_deliveries(),
        sender=house.sender(),
        recorder=Recorder[DeliveryReport](
            record=record_deliveries,
            threads=threads,
            told=lambda _recorded, _held: None,
            trouble=lambda fault: watch.trouble("record webhook", fault),
        ),
        threads=threads,
        watch=watch,
        width=settings.delivery_width,
        scan_every=settings.scan_every,
        alarm=webhooks_wake,
    )
    upkeep = Upkeep(
        heartbeats=house.store.heartbeats,
        expire=core.expire(),
        abandon=core.abandon(),
        probe=core.probe(),
        idempotency=house.store.idempotency,
        gateway=gateway,
        threads=threads,
        watch=watch,
        worker=house.worker,
        trouble=house.clock.trouble,
        measure=house.clock.measure,
        every=settings.upkeep_every,
    )
    return Dispatcher(
        pushes=pushes,
        questions=questions,
        deliveries=deliveries,
        upkeep=upkeep,
        threads=threads,
        bell=house.bell,
        stop_sending=gateway.shut,
        drain_within=settings.drain or DRAIN,
    )


async def _run(house: House, files: int) -> None:
    log = structlog.get_logger()
    watch = watching(house)
    dispatcher = build(house, watch, files)
    try:
        await run_until_signal(dispatcher, lambda: log.info("worker ready", worker=house.worker))
    finally:
        watch.flush()
    await house.gateway().aclose()
    await house.sender().aclose()
    log.info("worker stopped", worker=house.worker)


def run(settings: Settings) -> int:
    """Run until told to stop; returns the exit code."""
    write_json_lines(settings.log_level, "worker")
    take_room()
    files = raise_file_limit()
    with only_one(settings), opened(settings, "worker") as house:
        settle()
        uvloop.run(_run(house, files))
    return 0
