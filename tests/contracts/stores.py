"""What every contract of a store shares: the store on trial, its clock, its accidents."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import pytest

from application.ports import (
    AccountRepository,
    DeliveryRepository,
    Directory,
    EndpointRepository,
    EventLog,
    Heartbeats,
    IdempotencyStore,
    Inbox,
    KeptTokens,
    PaymentFeed,
    PaymentRepository,
    Sequences,
    WalletLinks,
)
from domain.errors import LunasError
from tests.builders import NOON

Result = TypeVar("Result")
THREADS = 50
"""As many as may double-click at once."""


class Store(Protocol):
    """All stores over one truth."""

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


@dataclass(slots=True)
class HandClock:
    """The store's clock, moved by hand."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        """Read it."""
        return self.at

    def move(self, span: timedelta) -> None:
        """Let time pass."""
        self.at += span


@dataclass(frozen=True, slots=True)
class Accidents:
    """What can be made to happen to every write from now on, and how it stops."""

    lose_acknowledgements: Callable[[], None]
    """The write is done, and its caller is told WriteUnconfirmed."""
    fail: Callable[[], None]
    """Nothing is written, and the caller is told StoreUnavailable."""
    stop: Callable[[], None]


class StoreContract:
    """A contract's subclass says which store is on trial."""

    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError("say which store is on trial")

    @pytest.fixture
    def accidents(self) -> Accidents:
        raise NotImplementedError("say how its writes can fail")


def together(calls: Sequence[Callable[[], Result]]) -> list[Result | LunasError]:
    """Make all calls at once, each in its own thread; what they return or refuse."""
    gate = threading.Barrier(len(calls))
    results: list[Result | LunasError | None] = [None] * len(calls)

    def run(place: int, call: Callable[[], Result]) -> None:
        gate.wait()
        try:
            results[place] = call()
        except LunasError as refused:
            results[place] = refused

    threads = [threading.Thread(target=run, args=(p, call)) for p, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results  # type: ignore[return-value]  # a call may well return None


def refusals(results: Sequence[object]) -> list[LunasError]:
    """Those of the results that are refusals."""
    return [result for result in results if isinstance(result, LunasError)]
