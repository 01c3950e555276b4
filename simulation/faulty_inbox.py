"""An inbox that is away, loses a write, or loses only the word that it was made."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, final

from application.ports import (
    Backlog,
    Inbox,
    Notice,
    NoticeQuery,
    Page,
    Received,
    StoreUnavailable,
    Verdict,
    WriteUnconfirmed,
)
from simulation.dice import Dice
from simulation.stores import FaultyPayments

if TYPE_CHECKING:
    from simulation.house import House


@final
class FaultyInbox(Inbox):
    """The notices as one process reaches them, away whenever its payments are.

    `kept` hears of each that is in the store, whether or not anybody was told so.
    """

    def __init__(
        self,
        house: "House",
        payments: FaultyPayments,
        dice: Dice,
        kept: Callable[[Notice], None],
    ) -> None:
        self._house = house
        self._inner = house.store.inbox
        self._payments = payments
        self._dice = dice
        self._kept = kept

    def add(self, notice: Notice) -> None:
        self._reach()
        switches = self._house.switches
        if self._dice.chance(switches.lost_write):
            raise WriteUnconfirmed("no answer")
        self._inner.add(notice)
        self._kept(notice)
        if self._dice.chance(switches.lost_acknowledgement):
            raise WriteUnconfirmed("no answer")

    def backlog(self, most: int) -> Backlog:
        self._reach()
        return self._inner.backlog(most)

    def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Received]:
        self._reach()
        return self._inner.claim(at, until, limit)

    def save_each(self, received: Sequence[Received]) -> Sequence[bool]:
        self._reach()
        if self._dice.chance(self._house.switches.lost_write):
            raise WriteUnconfirmed("no answer")
        written = self._inner.save_each(received)
        if self._dice.chance(self._house.switches.lost_acknowledgement):
            raise WriteUnconfirmed("no answer")
        return written

    def known(self, provider: str, marks: Sequence[str]) -> Mapping[str, str]:
        self._reach()
        return self._inner.known(provider, marks)

    def find(self, query: NoticeQuery) -> Page[Received]:
        self._reach()
        return self._inner.find(query)

    def get(self, notice_id: str) -> Received:
        self._reach()
        return self._inner.get(notice_id)

    def forget(self, verdict: Verdict, before: datetime, most: int) -> int:
        self._reach()
        return self._inner.forget(verdict, before, most)

    def _reach(self) -> None:
        if self._house.world.now < self._payments.away_until:
            raise StoreUnavailable("the store is away")
