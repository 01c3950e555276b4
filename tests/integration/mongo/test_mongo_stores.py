"""The MongoDB stores on trial, over the wire."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo.topology_description import TopologyDescription

from adapters.outbound.mongo.connection import Document, Patience
from adapters.outbound.mongo.store import MongoStore
from domain.merchant import ProviderAccount
from tests.builders import MERCHANT, a_codec, a_stop, an_account
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
from tests.integration.mongo.door import Door
from tests.servers.mongo import MongoServer

QUICK = Patience(answer=timedelta(seconds=30), primary=timedelta(seconds=30))
IMPATIENT = Patience(answer=timedelta(seconds=1), primary=timedelta(milliseconds=300))


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, "the driver did not notice"
        time.sleep(0.01)


class OnMongo(StoreContract):
    """Gives the contracts a store in an empty database; accidents happen at a door before it."""

    @pytest.fixture
    def door(self, server: MongoServer, request: pytest.FixtureRequest) -> Iterator[Door | None]:
        if "accidents" not in request.fixturenames:
            yield None
            return
        with Door(server.port) as door:
            yield door

    @pytest.fixture
    def store(
        self, server: MongoServer, database: str, clock: HandClock, door: Door | None
    ) -> Iterator[MongoStore]:
        uri = server.uri(database, door.port if door else None)
        patience = IMPATIENT if door else QUICK
        with MongoStore.open(uri, a_codec(), now=clock, patience=patience) as store:
            yield store

    @pytest.fixture
    def accidents(self, store: MongoStore, door: Door) -> Accidents:
        def topology() -> TopologyDescription:
            return store.connection.client.topology_description

        def fail() -> None:
            door.shut()
            _until(lambda: not topology().has_writable_server())

        def stop() -> None:
            door.open()
            _until(lambda: topology().has_writable_server())

        return Accidents(lose_acknowledgements=door.lose_acknowledgements, fail=fail, stop=stop)


class TestMongoPayments(OnMongo, PaymentRepositoryContract):
    pass


class TestMongoPaymentQueues(OnMongo, PaymentQueuesContract):
    pass


class TestMongoPaymentPages(OnMongo, PaymentPagesContract):
    pass


class TestMongoEvents(OnMongo, EventLogContract):
    pass


class TestMongoTelling(OnMongo, TellingContract):
    tells = False


class TestMongoFeed(OnMongo, PaymentFeedContract):
    pass


class TestMongoDeliveries(OnMongo, DeliveryRepositoryContract):
    pass


class TestMongoEndpoints(OnMongo, EndpointRepositoryContract):
    pass


class TestMongoLinks(OnMongo, WalletLinksContract):
    pass


class TestMongoDirectory(OnMongo, DirectoryContract):
    pass


class TestMongoAccounts(OnMongo, AccountRepositoryContract):
    def test_credentials_mended_between_the_look_and_the_stop_stay(
        self, store: MongoStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read = an_account()
        mended = replace(read, credentials={**read.credentials, "tid": "another"})
        store.accounts.save(read)
        look = store.accounts._opened

        def beside(document: Document) -> ProviderAccount:
            monkeypatch.undo()
            store.accounts.save(mended)
            return look(document)

        monkeypatch.setattr(store.accounts, "_opened", beside)
        assert not store.accounts.set_stop(read, a_stop())
        assert store.accounts.get(MERCHANT, "ovo", livemode=False) == mended


class TestMongoSequences(OnMongo, SequencesContract):
    pass


class TestMongoHeartbeats(OnMongo, HeartbeatsContract):
    pass


class TestMongoIdempotency(OnMongo, IdempotencyStoreContract):
    pass


class TestMongoTokens(OnMongo, KeptTokensContract):
    pass


class TestMongoInbox(OnMongo, InboxContract):
    pass
