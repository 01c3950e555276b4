"""The memory stores on trial."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from adapters.outbound.memory.store import MemoryStore
from application.ports import StoreUnavailable, WriteUnconfirmed
from tests.contracts.accounts import AccountRepositoryContract
from tests.contracts.deliveries import DeliveryRepositoryContract
from tests.contracts.directory import DirectoryContract
from tests.contracts.endpoints import EndpointRepositoryContract
from tests.contracts.events import EventLogContract
from tests.contracts.feed import PaymentFeedContract
from tests.contracts.heartbeats import HeartbeatsContract
from tests.contracts.idempotency import IdempotencyStoreContract
from tests.contracts.inbox import InboxContract
from tests.contracts.links import WalletLinksContract
from tests.contracts.payment_pages import PaymentPagesContract
from tests.contracts.payment_queues import PaymentQueuesContract
from tests.contracts.payments import PaymentRepositoryContract
from tests.contracts.sequences import SequencesContract
from tests.contracts.stores import Accidents, HandClock, StoreContract
from tests.contracts.telling import TellingContract
from tests.contracts.tokens import KeptTokensContract

Result = TypeVar("Result")


class OnMemory(StoreContract):
    """Gives the contracts a memory store."""

    @pytest.fixture
    def store(self, clock: HandClock) -> MemoryStore:
        return MemoryStore(clock)

    @pytest.fixture
    def accidents(self, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Accidents:
        write = store.state.write

        def lose(work: Callable[[], Result]) -> Result:
            write(work)
            raise WriteUnconfirmed

        def fail(_: Callable[[], Result]) -> Result:
            raise StoreUnavailable

        return Accidents(
            lose_acknowledgements=lambda: monkeypatch.setattr(store.state, "write", lose),
            fail=lambda: monkeypatch.setattr(store.state, "write", fail),
            stop=monkeypatch.undo,
        )


class TestMemoryPayments(OnMemory, PaymentRepositoryContract):
    pass


class TestMemoryPaymentQueues(OnMemory, PaymentQueuesContract):
    pass


class TestMemoryPaymentPages(OnMemory, PaymentPagesContract):
    pass


class TestMemoryTelling(OnMemory, TellingContract):
    pass


class TestMemoryFeed(OnMemory, PaymentFeedContract):
    pass


class TestMemoryEvents(OnMemory, EventLogContract):
    pass


class TestMemoryDeliveries(OnMemory, DeliveryRepositoryContract):
    pass


class TestMemoryEndpoints(OnMemory, EndpointRepositoryContract):
    pass


class TestMemoryLinks(OnMemory, WalletLinksContract):
    pass


class TestMemoryDirectory(OnMemory, DirectoryContract):
    pass


class TestMemoryAccounts(OnMemory, AccountRepositoryContract):
    pass


class TestMemorySequences(OnMemory, SequencesContract):
    pass


class TestMemoryHeartbeats(OnMemory, HeartbeatsContract):
    pass


class TestMemoryIdempotency(OnMemory, IdempotencyStoreContract):
    pass


class TestMemoryTokens(OnMemory, KeptTokensContract):
    pass


class TestMemoryInbox(OnMemory, InboxContract):
    pass
