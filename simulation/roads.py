"""The ways to every provider but Push to Pay and back, and the sandbox's machine at their end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import final

from sandbox.acquirer.charge import Charge
from sandbox.acquirer.exchange import Exchange
from sandbox.acquirer.wire import Inbound, Post
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.timers import Cut, Reply
from simulation.dice import Dice
from simulation.network import ON_THE_WIRE, Answered
from simulation.switches import Switches
from simulation.world import World

_AT_ONCE = timedelta(0)


@dataclass(slots=True)
class Journey:
    """One request under way, and who waits for it."""

    answered: Answered
    dice: Dice


@final
class Roads:
    """Carries requests to the providers, answers back, and what they tell by themselves.

    `opened` hears of each charge that its customer sees from now on, `posted` of each notification
    that leaves.
    """

    def __init__(self, world: World, switches: Switches, exchange: Exchange) -> None:
        self.exchange = exchange
        self.away: dict[str, list[tuple[datetime, datetime]]] = {}
        self.opened: Callable[[Charge], None] = lambda _: None
        self.posted: Callable[[Post], None] = lambda _: None
        self._world = world
        self._switches = switches
        self._calls = 0
        self._journeys: dict[int, Journey] = {}
        self._woken_at: datetime | None = None

    def is_away(self, provider: str) -> bool:
        """Whether nothing reaches that provider now."""
        now = self._world.now
        return any(since <= now < until for since, until in self.away.get(provider, ()))

    def depart(self, inbound: Inbound, dice: Dice, answered: Answered) -> None:
        """The first byte was written: from here on nobody can take it back."""
        world, switches = self._world, self._switches
        journey = Journey(answered, dice)
        if self.is_away(inbound.provider) or dice.chance(switches.lost_request):
            world.after(dice.seconds(0.1, 20), partial(answered, None))
            return
        slow = dice.chance(switches.slow_way)
        travel = dice.seconds(0.1, ON_THE_WIRE.total_seconds()) if slow else _AT_ONCE
        if dice.chance(switches.middle_box):  # an answer of somebody else's; the request goes on
            world.after(dice.seconds(0, 70), partial(answered, Reply(0, 404, b"")))
            journey = replace(journey, answered=lambda _: None)
        copies = 2 if dice.chance(switches.doubled_request) else 1
        for _ in range(copies):
            world.after(travel, partial(self._arrive, journey, inbound))

    def ask_calmly(self, inbound: Inbound) -> Reply:
        """The answer at once, over a way on which nothing goes wrong."""
        self._calls += 1
        ends = self.exchange.hear(replace(inbound, call=self._calls), self._world.now)
        mine = next(end for end in ends if end.call == self._calls)
        assert isinstance(mine, Reply)
        self._go_on([end for end in ends if end is not mine])
        return mine

    def tap(self, charge: Charge, tap: Tap) -> None:
        """A person acts, if it is not too late."""
        try:
            self._go_on(self.exchange.tap(charge.id, tap, self._world.now))
        except (EndedPushError, UnknownPushError):
            return

    def act(self, what: Callable[[datetime], None]) -> None:
        """Something happens at the providers that nobody asked for over HTTP."""
        self._go_on(self.exchange.tick(self._world.now))
        what(self._world.now)
        self._go_on(self.exchange.tick(self._world.now))

    def told(self, number: int, status: int | None, body: bytes) -> None:
        """What came of a notification: our answer, or None for silence."""
        self.exchange.mail.heard(number, status, body, self._world.now)
        self._wake()

    def _arrive(self, journey: Journey, inbound: Inbound) -> None:
        self._calls += 1
        self._journeys[self._calls] = journey
        before = len(self.exchange.life.charges)
        ends = self.exchange.hear(replace(inbound, call=self._calls), self._world.now)
        fresh = len(self.exchange.life.charges) - before
        self._go_on(ends)
        for charge in reversed(self.exchange.life.charges.latest(fresh) if fresh else ()):
            self.opened(charge)

    def _go_on(self, ends: list[Reply | Cut]) -> None:
        for end in ends:
            journey = self._journeys.pop(end.call, None)
            if journey is not None:
                self._return(journey, end)
        for post in self.exchange.posts():
            self.posted(post)
        self._wake()

    def _return(self, journey: Journey, end: Reply | Cut) -> None:
        dice, switches, world = journey.dice, self._switches, self._world
        if isinstance(end, Cut) or dice.chance(switches.lost_answer):
            world.after(_AT_ONCE, partial(journey.answered, None))
            return
        late = dice.chance(switches.late_answer)
        span = dice.seconds(0.1, 120) if late else _AT_ONCE
        world.after(span, partial(journey.answered, end))

    def _wake(self) -> None:
        due = self.exchange.next_due()
        if due is not None and (self._woken_at is None or due < self._woken_at):
            self._woken_at = due
            self._world.at(due, self._tick)

    def _tick(self) -> None:
        self._woken_at = None
        self._go_on(self.exchange.tick(self._world.now))
