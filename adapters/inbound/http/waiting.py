"""Callers that wait for a payment to change: a bounded number of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from time import monotonic

from application.ports import ChangeWaiter
from domain.payment import FINAL, Payment

LONGEST_SECONDS = 60
LOOK_EVERY_SECONDS = 1.0
"""A waiter looks by itself this often: a signal may be lost, or be another process's."""


class Places:
    """Lets at most so many in at once; `count` is told each coming (1) and going (-1)."""

    def __init__(self, places: int, count: Callable[[int], None] = lambda _: None) -> None:
        self._places = Semaphore(places)
        self._count = count

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Take a place while it lasts; False when there is none."""
        if not self._places.acquire(blocking=False):
            yield False
            return
        self._count(1)
        try:
            yield True
        finally:
            self._count(-1)
            self._places.release()


class WaitingRoom:
    """Lets at most `places` callers wait at once; `count` is told each coming (1) and going (-1).

    A caller that hangs up is forgotten at the end of its time: it holds nothing but its place.
    """

    def __init__(
        self, changes: ChangeWaiter, places: int, count: Callable[[int], None] = lambda _: None
    ) -> None:
        self._changes = changes
        self.place = Places(places, count).place

    def until_changed(
        self, payment_id: str, read: Callable[[], Payment], sequence: int | None, seconds: float
    ) -> Payment:
        """The payment as soon as there is something to tell, or as it is after that time."""
        end = monotonic() + seconds
        with self._changes.listen(payment_id) as wait:
            payment = seen = read()
            while not told(payment, seen, sequence):
                left = end - monotonic()
                if left <= 0:
                    break
                wait(min(left, LOOK_EVERY_SECONDS))
                payment = read()
        return payment


def told(payment: Payment, seen: Payment, sequence: int | None) -> bool:
    """Whether there is something to tell who has seen this much of the payment."""
    if payment.status in FINAL or payment.version != seen.version:
        return True
    return sequence is not None and payment.sequence > sequence
