"""A store that is away, refuses, loses a write, or loses only the word that it was made."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, final

from adapters.outbound.memory.store import MemoryStore
from application.ports import (
    DueProviders,
    ExceptionQuery,
    Heartbeat,
    Heartbeats,
    Kept,
    Page,
    PaymentQuery,
    PaymentRepository,
    StalePayment,
    StoreUnavailable,
    Telling,
    WriteUnconfirmed,
)
from domain.errors import LunasError
from domain.payment import Change, Payment, Status
from simulation.dice import Dice
from simulation.switches import Switches
from simulation.world import World


@final
class FaultyPayments(PaymentRepository):
    """The payments as one process reaches them. Every change that is written is also noted."""

    def __init__(
        self, world: World, store: MemoryStore, switches: Switches, dice: Dice, saved: "Saved"
    ) -> None:
        self._world = world
        self._inner = store.payments
        self._switches = switches
        self._dice = dice
        self._saved = saved
        self.away_until = world.start
        self.refused = False
        self._dies_at = self._durable_until = world.start

    def save(self, change: Change, keep: Kept | None = None) -> None:
        self._reach()
        refusal = self._write(change, keep)
        if refusal is not None:
            raise refusal

    def save_each(self, changes: Sequence[Change]) -> Sequence[LunasError | None]:
        if self._world.now < self.away_until:
            return [StoreUnavailable("the store is away")] * len(changes)
        return [self._write(change, None) for change in changes]

    def save_told(
        self, changes: Sequence[Change], telling: Telling
    ) -> tuple[Sequence[LunasError | None], bool]:
        """One write: it is made, refused or lost as a whole."""
        dice, switches = self._dice, self._switches
        if self._world.now < max(self.away_until, self._dies_at):
            return self.save_each(changes), False
        unconfirmed = [WriteUnconfirmed("no answer")] * len(changes)
        if dice.chance(switches.conflict):
            self.refused = True
            return [StalePayment()] * len(changes), False
        if dice.chance(switches.lost_write):
            self.refused = True
            return unconfirmed, False
        refusals, told = self._inner.save_told(changes, telling)
        self.refused |= any(refusals)
        for change, refusal in zip(changes, refusals, strict=True):
            if refusal is None:
                self._saved.note(change)
        if dice.chance(switches.lost_acknowledgement):
            self.refused = True
            return unconfirmed, False
        return refusals, told

    def get(self, payment_id: str) -> Payment:
        self._reach()
        return self._inner.get(payment_id)

    def due(self, provider: str, status: Status, at: datetime, limit: int) -> Sequence[Payment]:
        self._reach()
        return self._inner.due(provider, status, at, limit)

    def to_ask(
        self, provider: str, at: datetime, limit: int, *, newest: bool = False
    ) -> Sequence[Payment]:
        self._reach()
        return self._inner.to_ask(provider, at, limit, newest=newest)

    def due_providers(self, providers: Sequence[str], at: datetime) -> DueProviders:
        self._reach()
        return self._inner.due_providers(providers, at)

    def charged_as(self, evidence: Sequence[str]) -> Mapping[str, str]:
        self._reach()
        return self._inner.charged_as(evidence)

    def with_exceptions(self, query: ExceptionQuery) -> Page[Payment]:
        self._reach()
        return self._inner.with_exceptions(query)

    def of_reference(self, key: str) -> Payment:
        self._reach()
        return self._inner.of_reference(key)

    def of_refund(self, refund_id: str) -> Payment:
        self._reach()
        return self._inner.of_refund(refund_id)

    def of_exception(self, exception_id: str) -> Payment:
        self._reach()
        return self._inner.of_exception(exception_id)

    def stranded(self, provider: str, alive: Sequence[str], limit: int) -> Sequence[Payment]:
        self._reach()
        return self._inner.stranded(provider, alive, limit)

    def find(self, query: PaymentQuery) -> Page[Payment]:
        self._reach()
        return self._inner.find(query)

    def die(self, at: datetime, durable_until: datetime) -> None:
        """Until `at` no write is acknowledged any more, and what comes too late is never made."""
        self._dies_at, self._durable_until = at, durable_until

    def _reach(self) -> None:
        if self._world.now < self.away_until:
            raise StoreUnavailable("the store is away")

    def _write(self, change: Change, keep: Kept | None) -> LunasError | None:
        if self._world.now < self._dies_at:
            return self._write_last(change, keep)
        dice, switches = self._dice, self._switches
        if dice.chance(switches.conflict):
            self.refused = True
            return StalePayment()
        if dice.chance(switches.lost_write):  # it never happened, and nobody can say
            self.refused = True
            return WriteUnconfirmed("no answer")
        try:
            self._inner.save(change, keep)
        except LunasError as refused:
            self.refused = True
            return refused
        self._saved.note(change)
        if dice.chance(switches.lost_acknowledgement):
            self.refused = True
            return WriteUnconfirmed("no answer")
        return None

    def _write_last(self, change: Change, keep: Kept | None) -> LunasError:
        """In its last second a store may still write, and can tell nobody that it did."""
        self.refused = True
        if self._world.now < self._durable_until:
            try:
                self._inner.save(change, keep)
            except LunasError:  # refused, and nobody will know that either
                return WriteUnconfirmed("no answer")
            self._saved.note(change)
        return WriteUnconfirmed("no answer")


class Saved(Protocol):
    """Hears of every change that was written."""

    @abstractmethod
    def note(self, change: Change) -> None:
        """It is in the store now."""


@final
class TrueHeartbeats(Heartbeats):
    """Whoever runs has just given a sign of life: nobody's beats need simulating."""

    def __init__(self, world: World, now: "StoreTime") -> None:
        self._world = world
        self._now = now
        self.last: dict[str, datetime | None] = {}
        self.silent: set[str] = set()

    def beat(self, heartbeat: Heartbeat) -> None:
        self.last[heartbeat.worker] = None

    def alive(self, since: datetime) -> Sequence[Heartbeat]:
        gone = [worker for worker, at in self.last.items() if at is not None and at < since]
        for worker in gone:
            if worker not in self.silent:  # a dead one never comes back under its name
                del self.last[worker]
        now = self.now()
        heard = [(worker, at or now) for worker, at in self.last.items()]
        return [Heartbeat(worker, at, None) for worker, at in heard if at >= since]

    def now(self) -> datetime:
        return self._now()


@final
class StoreTime:
    """The store's clock: the true time, and whatever somebody has set it off by."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.off = world.now - world.now

    def __call__(self) -> datetime:
        return self._world.now + self.off
