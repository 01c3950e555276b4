"""`lunas worker`: the dispatcher as a process."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog
import uvloop
from prometheus_client import CollectorRegistry

from adapters.inbound.dispatcher.copies import CopyLane
from adapters.inbound.dispatcher.deliveries import DeliveryLane
from adapters.inbound.dispatcher.dispatcher import Dispatcher, run_until_signal
from adapters.inbound.dispatcher.hand import Hand
from adapters.inbound.dispatcher.health import Health
from adapters.inbound.dispatcher.lookout import Lookout
from adapters.inbound.dispatcher.notices import InboxLane
from adapters.inbound.dispatcher.probes import Probes
from adapters.inbound.dispatcher.pushes import PushLane
from adapters.inbound.dispatcher.questions import QuestionLane
from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.shares import Shares
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.upkeep import Upkeep
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import Report
from application.deliver_events import DeliveryReport
from application.tell_at_once import TellAtOnce
from bootstrap.either import kind
from bootstrap.heap import settle
from bootstrap.house import House
from bootstrap.lanes import Shared, lanes
from bootstrap.limits import calls_that_fit, raise_file_limit
from bootstrap.logs import gathered_lines, write_json_lines
from bootstrap.metrics import take_room
from bootstrap.numbers import numbers
from bootstrap.settings import Settings
from bootstrap.watch import LogAndCount

DRAIN = timedelta(seconds=80)
"""How long held calls are waited for on SIGTERM, unless LUNAS_DRAIN says otherwise."""


def watching(house: House, registry: CollectorRegistry) -> LogAndCount:
    """Who writes down and counts what this house's dispatcher does."""
    watch = LogAndCount(registry, gathered_lines(house.settings.log_level, "worker"))
    house.token_fetches.hear(watch.token_fetched)
    return watch


def build(house: House, watch: Watch, files: int) -> Dispatcher:
    """The dispatcher of this house."""
    settings, core, threads = house.settings, house.core, Threads()
    gateway = house.gateway()
    questions_wake, copies_wake = Alarm(), Alarm()
    shares = Shares(house.worker)
    health = Health(house.clock)
    hand = Hand(shares.at_most(settings.delivery_width), settings.delivery_width_per_endpoint)
    tell = TellAtOnce(core.payments(), core.relay(), hand)
    confirm = replace(core.confirm(), save_each=tell)

    def outcomes_told(recorded: int, held: int) -> None:
        watch.recorded(recorded, held=held)
        questions_wake.ring()
        copies_wake.ring()

    def record_deliveries(reports: Sequence[DeliveryReport]) -> Sequence[DeliveryReport]:
        core.record_deliveries()(reports)
        return []

    pushes = PushLane(
        push=replace(core.push(), save_each=tell),
        gateway=gateway,
        recorder=Recorder[Report](
            record=confirm,
            threads=threads,
            told=outcomes_told,
            trouble=lambda fault: watch.trouble("record", fault),
        ),
        threads=threads,
        watch=watch,
        width=shares.at_most(settings.push_width, calls_that_fit(settings.push_width, files)),
        scan_every=settings.scan_every,
        fit=lambda: house.clock.trouble() is None,
        judged=health.of(house.provider.name),
    )
    questions = QuestionLane(
        resolve=core.resolve(),
        gateway=gateway,
        recorder=pushes.recorder,
        threads=threads,
        watch=watch,
        clock=house.clock,
        pace=shares.at_most(settings.check_pace),
        width=shares.at_most(settings.check_width),
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
        hand=hand,
        scan_every=settings.scan_every,
    )
    copies = CopyLane(
        index=core.index_payments(),
        threads=threads,
        watch=watch,
        gather=settings.search_gather,
        scan_every=settings.scan_every,
        alarm=copies_wake,
    )
    shared = Shared(watch, threads, shares, health, confirm, outcomes_told)
    beside = {name: lanes(house, name, shared) for name in house.offers}

    def notices_told() -> None:
        for alarm in (hand.alarm, questions_wake, copies_wake):
            alarm.ring()
        for more in beside.values():
            more.lanes.questions.alarm.ring()

    notices = InboxLane(
        hear=core.hear(),
        forget=core.forget_notices(),
        threads=threads,
        watch=watch,
        scan_every=settings.scan_every,
        told=notices_told,
    )
    names = tuple(beside)
    lookout = Lookout(
        lanes={name: more.lanes for name, more in beside.items()},
        due=lambda: house.store.payments.due_providers(names, house.clock().at),
        threads=threads,
        watch=watch,
        scan_every=settings.scan_every,
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
        shares=shares,
        trouble=house.clock.trouble,
        measure=house.clock.measure,
        every=settings.upkeep_every,
        beside=[more.care for more in beside.values()],
        unwell=health.unwell,
    )

    def stop_sending() -> None:
        gateway.shut()
        for late in house.gateways.values():
            late().shut()

    return Dispatcher(
        pushes=pushes,
        questions=questions,
        deliveries=deliveries,
        copies=copies,
        notices=notices,
        upkeep=upkeep,
        threads=threads,
        bell=house.bell,
        stop_sending=stop_sending,
        drain_within=settings.drain or DRAIN,
        lookout=lookout,
    )


async def _run(house: House, files: int) -> None:
    log, registry, settings = structlog.get_logger(), CollectorRegistry(), house.settings
    watch = watching(house, registry)
    dispatcher = build(house, watch, files)
    if settings.worker_port is not None:
        probes = Probes(dispatcher.upkeep.problems, lambda: numbers(registry))
        await probes.listen(settings.host, settings.worker_port)
    try:
        await run_until_signal(dispatcher, lambda: log.info("worker ready", worker=house.worker))
    finally:
        watch.flush()
    await house.tokens().aclose()
    await house.gateway().aclose()
    for late in house.gateways.values():
        await late().aclose()
    await house.sender().aclose()
    log.info("worker stopped", worker=house.worker)


def run(settings: Settings) -> int:
    """Run until told to stop; returns the exit code."""
    write_json_lines(settings.log_level, "worker")
    take_room()
    files = raise_file_limit()
    chosen = kind(settings)
    with chosen.worker_place(settings), chosen.opened(settings, "worker") as house:
        settle()
        uvloop.run(_run(house, files))
    return 0
