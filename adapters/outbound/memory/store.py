"""All memory stores over one state: for tests, simulations and a first look."""

from collections.abc import Callable
from datetime import datetime
from typing import final

from adapters.outbound.memory.accounts import MemoryAccounts
from adapters.outbound.memory.deliveries import MemoryDeliveries
from adapters.outbound.memory.directory import MemoryDirectory
from adapters.outbound.memory.endpoints import MemoryEndpoints
from adapters.outbound.memory.events import MemoryEvents
from adapters.outbound.memory.feed import MemoryFeed
from adapters.outbound.memory.heartbeats import MemoryHeartbeats
from adapters.outbound.memory.idempotency import MemoryIdempotency
from adapters.outbound.memory.inbox import MemoryInbox
from adapters.outbound.memory.links import MemoryLinks
from adapters.outbound.memory.payments import MemoryPayments
from adapters.outbound.memory.sequences import MemorySequences
from adapters.outbound.memory.state import State, system_time
from adapters.outbound.memory.tokens import MemoryTokens


@final
class MemoryStore:
    """Every store port in one process's memory; `now` is the store's clock (UTC)."""

    def __init__(self, now: Callable[[], datetime] = system_time) -> None:
        self.state = State(now)
        self.payments = MemoryPayments(self.state)
        self.feed = MemoryFeed(self.state)
        self.events = MemoryEvents(self.state)
        self.deliveries = MemoryDeliveries(self.state)
        self.endpoints = MemoryEndpoints(self.state)
        self.links = MemoryLinks(self.state)
        self.directory = MemoryDirectory(self.state)
        self.accounts = MemoryAccounts(self.state)
        self.sequences = MemorySequences(self.state)
        self.heartbeats = MemoryHeartbeats(self.state)
        self.idempotency = MemoryIdempotency(self.state)
        self.tokens = MemoryTokens(self.state)
        self.inbox = MemoryInbox(self.state)

    def close(self) -> None:
        """Nothing to release."""
