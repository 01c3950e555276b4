"""The chat's end of the webhooks: it may be down, and its word may be lost on the way back."""

from typing import final

from application.ports import Parcel
from domain.webhook import DeliveryAnswer
from simulation.dice import Dice
from simulation.switches import Switches
from simulation.world import World

TAKEN = DeliveryAnswer(204)


@final
class Receiver:
    """Counts how often it was told of each event."""

    def __init__(self, world: World, switches: Switches) -> None:
        self.heard: dict[str, int] = {}
        self.quiet = False
        self._world = world
        self._switches = switches

    def hear(self, parcel: Parcel, dice: Dice) -> DeliveryAnswer:
        """Take a webhook, or not."""
        if not self.quiet and dice.chance(self._switches.receiver_down):
            if dice.chance(0.5):  # it was heard, and nobody will know
                self._count(parcel.event.id)
            return DeliveryAnswer(None, "no answer") if dice.chance(0.5) else DeliveryAnswer(500)
        self._count(parcel.event.id)
        return TAKEN

    def _count(self, event_id: str) -> None:
        self.heard[event_id] = self.heard.get(event_id, 0) + 1
