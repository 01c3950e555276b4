"""Keep the search index's copies up to date, and make the index anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from application.payment_copy import PaymentCopy, copy_of
from application.ports import Clock, CopyTarget, PaymentFeed, PaymentIndex
from domain.payment import Payment

MOST_COUNTED = 10_000
"""Waiting changes are counted up to here: whether it is more matters to nobody."""
MOST_PAYMENTS = 1_000_000_000
"""More than any house holds: for a count of all."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What one turn did: copies put, records that do not open, and what waits behind `cursor`."""

    cursor: str
    copies: int = 0
    unreadable: int = 0
    waiting: int = 0
    lag_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class IndexPayments:
    """Copies what changed since the index's own cursor.

    Crashed between the copies and the cursor, or done by two at once, the same is put again, which
    changes nothing. An index that was lost has no cursor: it is filled from the beginning.
    """

    feed: PaymentFeed
    index: PaymentIndex
    clock: Clock
    with_description: bool

    def __call__(self, limit: int) -> Indexed:
        """One batch; raises IndexUnavailable or StoreUnavailable."""
        target = self.index.present()
        cursor = target.cursor()
        changes = self.feed.changes(cursor, limit)
        if changes.cursor != cursor:
            copies = copies_of(changes.payments, with_description=self.with_description)
            target.put(copies, changes.cursor)
        seen = len(changes.payments) + changes.unreadable
        if seen < limit:
            return Indexed(changes.cursor, len(changes.payments), changes.unreadable)
        behind = self.behind(changes.cursor)
        return replace(behind, copies=len(changes.payments), unreadable=changes.unreadable)

    def behind(self, cursor: str) -> Indexed:
        """How far an index at that cursor is behind; raises StoreUnavailable."""
        waiting = self.feed.waiting(cursor, MOST_COUNTED)
        age = 0.0 if waiting.since is None else (self.clock().at - waiting.since).total_seconds()
        return Indexed(cursor, waiting=waiting.count, lag_seconds=max(0.0, age))


@dataclass(frozen=True, slots=True)
class Progress:
    """How many payments of how many were copied."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RebuildIndex:
    """Makes a new index beside the one that answers, and lets it take over once it is level.

    What was begun is gone on with: the new index has its own cursor too.
    """

    feed: PaymentFeed
    index: PaymentIndex
    with_description: bool

    def __call__(self, batch: int, *, afresh: bool = False) -> Iterator[Progress]:
        """Work, and tell after each batch; raises IndexUnavailable or StoreUnavailable.

        The last step is the taking over: until then, and in between, searches are answered.
        """
        made = self.index.next(afresh=afresh)
        cursor = made.cursor()
        total = self.feed.waiting(cursor, MOST_PAYMENTS).count
        done = 0
        yield Progress(0, total)
        level = False
        while not level:
            done, cursor, level = self._step(made, cursor, batch, done)
            yield Progress(done, max(done, total))
        made.take_over()

    def _step(self, made: CopyTarget, cursor: str, batch: int, done: int) -> tuple[int, str, bool]:
        changes = self.feed.changes(cursor, batch)
        seen = len(changes.payments) + changes.unreadable
        if changes.cursor != cursor:
            copies = copies_of(changes.payments, with_description=self.with_description)
            made.put(copies, changes.cursor)
        return done + seen, changes.cursor, seen < batch


def copies_of(payments: Sequence[Payment], *, with_description: bool) -> Sequence[PaymentCopy]:
    """The copies of these payments."""
    return [copy_of(payment, with_description=with_description) for payment in payments]
