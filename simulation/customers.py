"""Whoever is asked to pay at the other providers: approves, declines, or pays too late."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, final

from sandbox.acquirer.charge import Charge, State
from sandbox.taps import Tap
from simulation.mixing import Mixture

if TYPE_CHECKING:
    from simulation.house import House

_AT_ONCE = timedelta(0)


@final
class Customers:
    """They act in their own time; some pay a charge whose window has ended."""

    def __init__(self, house: "House", mix: Mixture) -> None:
        self._house = house
        self._mix = mix
        mix.roads.opened = self.asked

    def asked(self, charge: Charge) -> None:
        """A charge waits for its customer."""
        if charge.state is not State.WAITING:
            return
        self._mix.forged(charge)
        dice = self._house.dice_of(charge.reference.encode().hex(), 7)
        throw, world = dice.random(), self._house.world
        if throw < 0.5:
            self._tap_after(dice.seconds(1, 40), charge, Tap.APPROVE)
        elif throw < 0.6:
            self._tap_after(dice.seconds(1, 40), charge, Tap.DECLINE)
        elif throw < 0.7:
            left = charge.ends_at - world.now - dice.seconds(0.001, 0.3)
            self._tap_after(max(left, _AT_ONCE), charge, Tap.APPROVE)
        elif throw < 0.75:
            self._tap_after(dice.seconds(1, 40), charge, Tap.DROP)
        elif throw < 0.8:
            self._tap_after(dice.seconds(1, 40), charge, Tap.LATE)
        elif dice.chance(self._house.switches.paid_late):
            clocks = self._mix.providers[charge.provider].clocks
            window = charge.ends_at - charge.heard_at
            within = max(clocks.wallet_answers_within - window, _AT_ONCE)
            span = dice.seconds(0, within.total_seconds() + self._house.switches.late_by)
            world.at(charge.ends_at + span, partial(self._pay_late, charge))

    def _tap_after(self, span: timedelta, charge: Charge, tap: Tap) -> None:
        self._house.world.after(span, partial(self._mix.roads.tap, charge, tap))

    def _pay_late(self, charge: Charge) -> None:
        def pay(now: datetime) -> None:
            if charge.state is State.EXPIRED:
                self._house.tell("customer", f"pays {charge.reference[-6:]} after its window")
                self._mix.roads.exchange.life.pay(charge, now)

        self._mix.roads.act(pay)
