"""What part of the house's work is this worker's: each lane's width is shared out by heartbeats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from application.ports import Heartbeat


def share(width: int, workers: Sequence[str], worker: str) -> int:
    """This worker's part of a width that is shared by those workers, each named once.

    The parts of all of them make up the width; who is not among them has none. The first in the
    order of names have one more, where it does not come out even.
    """
    if worker not in workers:
        return 0
    place = sorted(workers).index(worker)
    return width // len(workers) + (place < width % len(workers))


@final
@dataclass(slots=True)
class Shares:
    """The workers that were at work when the heartbeats were last read; at first, this one alone.

    One that starts nothing (its clock is off, or it is stopping) has no part. For one turn of
    upkeep two workers may see different neighbours, and together hold more than the width.
    """

    worker: str
    _at_work: Sequence[str] | None = None

    def heard(self, alive: Sequence[Heartbeat]) -> None:
        """These heartbeats live; this worker's own among them."""
        self._at_work = [beat.worker for beat in alive if beat.trouble is None]

    def of(self, width: int) -> int:
        """This worker's part of the house's width."""
        at_work = [self.worker] if self._at_work is None else self._at_work
        return share(width, at_work, self.worker)

    def at_most(self, width: int, fitting: int | None = None) -> Callable[[], int]:
        """The part of a width as it is whenever it is asked for, and never more than fits here."""
        most = width if fitting is None else fitting
        return lambda: min(self.of(width), most)
