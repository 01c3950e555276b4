"""How much a lane takes in one turn: no more than the store writes in about a second."""

from dataclasses import dataclass
from datetime import timedelta

FIRST, SMALLEST = 32, 4
LONG = timedelta(seconds=1)
"""A turn of claims must be written well within the send deadline, and within the store's patience:
a larger one would be doubted as a whole, and made again."""


@dataclass(slots=True)
class TurnSize:
    """Halved after a turn that took long, doubled after a full one that did not."""

    largest: int
    now: int = FIRST

    def took(self, items: int, span: timedelta) -> None:
        """A turn of so many is over, whatever came of it."""
        if span > LONG:
            self.now = max(SMALLEST, self.now // 2)
        elif items >= self.now and span < LONG / 2:
            self.now = min(self.largest, self.now * 2)
