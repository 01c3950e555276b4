"""One call to the wallet as a process makes it: the last look, the first byte, the patience."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import final

from adapters.outbound.guard import Guard, TooLate
from adapters.outbound.ovo import messages
from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.dialect import OvoDialect
from application.ports import Charge
from domain.moment import AttemptClocks
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
from sandbox.timers import Reply
from simulation.dice import Dice
from simulation.network import Network
from simulation.switches import Switches
from simulation.world import World

USUAL = OvoDialect()
DIALECT = USUAL
_ENDED = Unknown(Doubt.EMPTY_404)
ACTS = frozenset({Operation.PUSH, Operation.REVERSAL, Operation.VOID})
"""What may move money: it leaves in time, or it is not sent."""


@dataclass(slots=True)
class Sent:
    """What really left, for the judges: which request, when, and how old its decision was."""

    operation: Operation
    attempt_id: str
    at: timedelta
    leave_by: timedelta


@final
class Caller:
    """Makes calls for one process; `over` hears each outcome once, unless the process has died."""

    def __init__(
        self, world: World, network: Network, switches: Switches, clocks: AttemptClocks
    ) -> None:
        self._world = world
        self._network = network
        self._switches = switches
        self._clocks = clocks
        self.sent: list[Sent] = []
        self.approved: set[str] = set()

    def call(
        self,
        operation: Operation,
        charge: Charge,
        dice: Dice,
        over: Callable[[Outcome], None],
    ) -> None:
        """Connect, look once more, and send."""
        world = self._world
        if self._network.is_away() and dice.chance(0.5):
            refused = partial(over, self._unsent(operation, "no connection"))
            world.after(dice.seconds(0, 5), refused)
            return
        if dice.chance(self._switches.slow_way):
            look = partial(self._look, operation, charge, dice, over)
            world.after(dice.seconds(0, 4), look)
        else:
            self._look(operation, charge, dice, over)

    def _look(
        self, operation: Operation, charge: Charge, dice: Dice, over: Callable[[Outcome], None]
    ) -> None:
        now = self._world.uptime()
        patience = (
            self._clocks.read_within if operation is Operation.PUSH else self._clocks.ask_within
        )
        acts = operation in ACTS
        leave_by = charge.leave_by if acts else now + patience
        guard = Guard(leave_by, leave_by + patience if acts else now + patience)
        try:
            guard.pass_at(now)
        except TooLate:
            over(self._unsent(operation, "too late to be sent"))
            return
        if acts and dice.chance(self._switches.unseen_pause):
            pause = dice.seconds(0, self._switches.longest_pause)
            self._world.after(pause, partial(self._send, operation, charge, guard, dice, over))
        else:
            self._send(operation, charge, guard, dice, over)

    def _send(
        self,
        operation: Operation,
        charge: Charge,
        guard: Guard,
        dice: Dice,
        over: Callable[[Outcome], None],
    ) -> None:
        world = self._world
        began = world.uptime()
        self.sent.append(Sent(operation, charge.attempt_id, began, charge.leave_by))
        at = world.now
        body = messages.charge_body(operation, charge, at, DIALECT)
        silence = world.at(
            world.now + max(guard.end_by - began, timedelta(0)),
            partial(over, Unknown(Doubt.SILENCE)),
        )

        def answered(reply: Reply | None) -> None:
            if silence.call_off():
                over(self._outcome(operation, charge, reply, world.uptime() - began))

        self._network.depart(operation, body, dice, answered)

    def _outcome(
        self, operation: Operation, charge: Charge, reply: Reply | None, after: timedelta
    ) -> Outcome:
        if reply is None:
            return Unknown(Doubt.CUT)
        told = messages.outcome(operation, charge, reply.status, reply.body, DIALECT)
        if operation is Operation.PUSH:
            usual = DIALECT is USUAL
            said = (
                told
                if usual
                else messages.outcome(operation, charge, reply.status, reply.body, USUAL)
            )
            if isinstance(said, Approved):
                self.approved.add(charge.attempt_id)
        if operation is Operation.PUSH and isinstance(told, Unknown) and told == _ENDED:
            return replace(told, after=after)
        return told

    def _unsent(self, operation: Operation, why: str) -> Outcome:
        return NotSent(why) if operation in ACTS else Unknown(Doubt.SILENCE)
