"""What a house brings: its store, its bell, and how many may work on them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import Protocol, final

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from application.hasten_check import everybody
from application.invariants import Sheet, Told
from application.ports import (
    AccountRepository,
    ChangeWaiter,
    DeliveryRepository,
    Directory,
    EndpointRepository,
    EventLog,
    FirstOf,
    Heartbeats,
    IdempotencyStore,
    Inbox,
    KeptTokens,
    PaymentFeed,
    PaymentIndex,
    PaymentRepository,
    RateLimiter,
    Sequences,
    WalletLinks,
    WorkSignal,
)


class Store(Protocol):
    """Every store port over one database."""

    @property
    def payments(self) -> PaymentRepository: ...
    @property
    def feed(self) -> PaymentFeed: ...
    @property
    def events(self) -> EventLog: ...
    @property
    def deliveries(self) -> DeliveryRepository: ...
    @property
    def endpoints(self) -> EndpointRepository: ...
    @property
    def links(self) -> WalletLinks: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def accounts(self) -> AccountRepository: ...
    @property
    def sequences(self) -> Sequences: ...
    @property
    def heartbeats(self) -> Heartbeats: ...
    @property
    def idempotency(self) -> IdempotencyStore: ...
    @property
    def tokens(self) -> KeptTokens: ...
    @property
    def inbox(self) -> Inbox: ...
    def close(self) -> None:
        """Let go of the database."""


class Auditing(Protocol):
    """Reads everything that is stored, page by page, and decides nothing."""

    def count(self) -> int:
        """How many payments there are."""

    def waiting(self, at: datetime) -> int:
        """How many payments were to be asked about by then."""

    def sheets(self, size: int) -> Iterator[Sheet]:
        """All payments, the oldest first, so many at a time."""

    def orders_of_several(self, size: int) -> Iterator[Sheet]:
        """The payments of each order that has more than one."""

    def fresh(self, payment_id: str) -> Sheet:
        """One payment, as it is now."""

    def told(self, payment_ids: Sequence[str]) -> Sequence[Told]:
        """The events of these payments."""

    def owners(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Whose attempt each of these references is."""


class Ringing(WorkSignal, ChangeWaiter, Protocol):
    """Rings the other processes of the house, and is rung by them."""

    def fileno(self) -> int:
        """Readable when somebody rang."""

    def drain(self) -> None:
        """Take what was rung."""

    def answer(self) -> Thread:
        """Start a thread that drains what is rung, for a process without an event loop."""


@final
@dataclass(frozen=True, slots=True)
class Means:
    """What a house brings.

    `answers` is the store's own, or a cache before it; `alone` says that no second worker can run
    on the store.
    """

    store: Store
    answers: IdempotencyStore
    index: PaymentIndex
    bell: Ringing
    limiter: RateLimiter | None
    audit: Callable[[], Auditing]
    alone: bool
    first_of: FirstOf = everybody


Bring = Callable[[Keyring, Codec, ExitStack], Means]
"""Opens what a house brings; what is to be closed is put on the stack."""
