"""One more provider's part of the dispatcher: the same use cases, with its own rules and wire."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import final

from adapters.inbound.dispatcher.health import Health
from adapters.inbound.dispatcher.lookout import ProviderLanes
from adapters.inbound.dispatcher.pushes import PushLane
from adapters.inbound.dispatcher.questions import QuestionLane
from adapters.inbound.dispatcher.recorder import Recorder
from adapters.inbound.dispatcher.shares import Shares
from adapters.inbound.dispatcher.threads import Threads
from adapters.inbound.dispatcher.upkeep import Care
from adapters.inbound.dispatcher.wake import Alarm
from adapters.inbound.dispatcher.watch import Watch
from application.confirm_payment import ConfirmPayment, Report
from bootstrap.house import House

LOOKS_BY_ITSELF = timedelta(seconds=30)
"""How long a lane sleeps that is not rung: the lookout does so when there is something due."""


@final
@dataclass(frozen=True, slots=True)
class Shared:
    """What all lanes of a process share; `told` hears how many outcomes were recorded and held."""

    watch: Watch
    threads: Threads
    shares: Shares
    health: Health
    confirm: ConfirmPayment
    told: Callable[[int, int], None]


@final
@dataclass(frozen=True, slots=True)
class Beside:
    """Its lanes, and what upkeep looks at for it."""

    lanes: ProviderLanes
    care: Care


def lanes(house: House, name: str, shared: Shared) -> Beside:
    """The lanes of the provider of that name."""
    settings, core, offer = house.settings, house.core, house.offers[name]
    gateway, provider, wake = house.gateways[name](), offer.provider, Alarm()
    watch, threads, shares = shared.watch, shared.threads, shared.shares

    def told(recorded: int, held: int) -> None:
        shared.told(recorded, held)
        wake.ring()

    pushes = PushLane(
        push=replace(
            core.push(),
            save_each=shared.confirm.save_each,
            provider=provider,
            references=offer.names(house.store.sequences),
        ),
        gateway=gateway,
        recorder=Recorder[Report](
            record=shared.confirm,
            threads=threads,
            told=told,
            trouble=lambda fault: watch.trouble("record", fault),
        ),
        threads=threads,
        watch=watch,
        width=shares.at_most(settings.push_width),
        scan_every=LOOKS_BY_ITSELF,
        fit=lambda: house.clock.trouble() is None,
        judged=shared.health.of(name),
    )
    questions = QuestionLane(
        resolve=replace(core.resolve(), provider=provider),
        gateway=gateway,
        recorder=pushes.recorder,
        threads=threads,
        watch=watch,
        clock=house.clock,
        pace=shares.at_most(settings.check_pace),
        width=shares.at_most(settings.check_width),
        scan_every=LOOKS_BY_ITSELF,
        fit=pushes.fit,
        alarm=wake,
    )
    care = Care(
        expire=replace(core.expire(), provider=provider),
        abandon=replace(core.abandon(), provider=provider),
        probe=replace(core.probe(), provider=provider),
        gateway=gateway,
    )
    return Beside(ProviderLanes(pushes, questions), care)
