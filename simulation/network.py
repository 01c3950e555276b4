"""The way to the wallet and back: slow, lossy, and with its own ideas; the wallet at its end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import final

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.messages import charge_body
from adapters.outbound.ovo.signature import signature
from application.ports import Charge
from domain.attempt import References
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.msisdn import Msisdn
from sandbox.accounts import DEMO_ACCOUNT, Accounts
from sandbox.gate import Call
from sandbox.push import Push, State
from sandbox.readers import Span
from sandbox.scenario import Scenario
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.timers import Cut, Effect, Reply
from sandbox.wallet import Wallet
from simulation.dice import Dice
from simulation.switches import Switches
from simulation.world import World

CREDENTIALS = {
    name: str(getattr(DEMO_ACCOUNT, name))
    for name in ("app_id", "app_key", "merchant_id", "store_code", "tid", "mid")
}
ON_THE_WIRE = timedelta(seconds=10)
"""D: what was written reaches the wallet within this, or never."""
_RANDOM = "1763871330"
_SIGNED = signature(
    app_id=DEMO_ACCOUNT.app_id, app_key=DEMO_ACCOUNT.app_key, random=_RANDOM, body=b""
)
"""One signature serves every call: the wallet of this world does not look at its age."""
Answered = Callable[[Reply | None], None]
"""Takes the answer, or None where the connection ended without one."""


@dataclass(slots=True)
class Journey:
    """One request under way, and who waits for it."""

    operation: Operation
    answered: Answered
    dice: Dice


def scenario_of(switches: Switches) -> Scenario:
    """The wallet of this world."""
    return Scenario(
        remembers_early_reversals=switches.remembers_early_reversals,
        reversal_of_unknown=switches.reversal_of_unknown,
        window=timedelta(seconds=switches.window),
        waiting_check_code=switches.waiting_check_code,
        reversal_of_paid=switches.reversal_of_paid,
        reversal_of_ended=switches.reversal_of_ended,
        reversal_404s=switches.reversal_404s,
        status_lag=timedelta(seconds=switches.status_lag),
        ended_answer=switches.ended_answer,
        duplicate_code=switches.duplicate_code,
        answer_omits=("transactionRequestData",) if switches.omits else (),
        answer_after=Span(),
    )


@final
class Network:
    """Carries requests to the wallet and answers back, as the world has it."""

    def __init__(self, world: World, switches: Switches, seed: int) -> None:
        self.wallet = Wallet(
            accounts=Accounts(DEMO_ACCOUNT),
            scenario=scenario_of(switches),
            random=Random(seed),  # noqa: S311  repeatable on purpose
        )
        self.away: list[tuple[datetime, datetime]] = []
        self.pushes: dict[str, Push] = {}
        """The wallet's books, by invoice."""
        self.arrived: Callable[[Push], None] = lambda _: None
        self._world = world
        self._switches = switches
        self._calls = 0
        self._journeys: dict[int, Journey] = {}
        self._woken_at: datetime | None = None

    def is_away(self) -> bool:
        """Whether nothing reaches the wallet now."""
        now = self._world.now
        return bool(self.away) and any(since <= now < until for since, until in self.away)

    def depart(self, operation: Operation, body: bytes, dice: Dice, answered: Answered) -> None:
        """The first byte was written: from here on nobody can take it back."""
        world, switches = self._world, self._switches
        journey = Journey(operation, answered, dice)
        if self.is_away() or dice.chance(switches.lost_request):
            world.after(dice.seconds(0.1, 20), partial(answered, None))
            return
        slow = dice.chance(switches.slow_way)
        travel = dice.seconds(0.1, ON_THE_WIRE.total_seconds()) if slow else timedelta(0)
        if dice.chance(switches.middle_box):  # an answer of somebody else's; the request goes on
            world.after(dice.seconds(0, 70), partial(answered, Reply(0, 404, b"")))
            journey = replace(journey, answered=lambda _: None)
        copies = 2 if dice.chance(switches.doubled_request) else 1
        for _ in range(copies):
            world.after(travel, partial(self._arrive, journey, body))

    def tap(self, push: Push, tap: Tap) -> None:
        """A person acts, if it is not too late."""
        if push.state is State.WAITING:
            try:
                self._deliver(self.wallet.tap(push.id, tap, self._world.now))
            except (EndedPushError, UnknownPushError):
                return
            self._wake()

    def intrude(self, number: int, account: ProviderAccount) -> None:
        """Somebody else with our terminal uses a reference that we have not come to yet."""
        shown: dict[str, str | int] = {
            "batch_no": 1,
            "reference_no": number,
            "merchant_invoice": f"OTHER-{number}",
        }
        charge = Charge(
            attempt_id="",
            account=account,
            amount=Money(10_000),
            phone=Msisdn(f"0819{number:08}"),
            references=References(shown, ()),
            claimed_at=self._world.now,
            leave_by=timedelta(0),
            order_id="",
            window_ends_at=self._world.now,
        )
        body = charge_body(Operation.PUSH, charge, self._world.now, OvoDialect())
        self._arrive(Journey(Operation.PUSH, lambda _: None, Dice(number)), body)

    def _arrive(self, journey: Journey, body: bytes) -> None:
        self._calls += 1
        number = self._calls
        self._journeys[number] = journey
        before = len(self.wallet.book)
        call = Call(number, DEMO_ACCOUNT.app_id, _RANDOM, _SIGNED, body)
        self._deliver(self.wallet.hear(call, self._world.now))
        if len(self.wallet.book) > before:
            push = self.wallet.book.latest(1)[0]
            self.pushes[push.request.invoice] = push
            self.arrived(push)
        self._wake()

    def _deliver(self, effects: list[Effect]) -> None:
        for effect in effects:
            journey = self._journeys.pop(effect.call, None)
            if journey is not None:
                self._return(journey, effect)

    def _return(self, journey: Journey, effect: Effect) -> None:
        dice, switches, world = journey.dice, self._switches, self._world
        if isinstance(effect, Cut) or dice.chance(switches.lost_answer):
            world.after(timedelta(0), partial(journey.answered, None))
            return
        reply = partial(journey.answered, effect)
        late = dice.chance(switches.late_answer)
        world.after(dice.seconds(0.1, 120) if late else timedelta(0), reply)

    def _wake(self) -> None:
        due = self.wallet.next_due()
        if due is not None and (self._woken_at is None or due < self._woken_at):
            self._woken_at = due
            self._world.at(due, self._tick)

    def _tick(self) -> None:
        self._woken_at = None
        self._deliver(self.wallet.tick(self._world.now))
        self._wake()
