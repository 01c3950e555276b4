"""The SQLite stores on trial."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from tests.builders import a_codec
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


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to be copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "lunas.db"
    migrate(path)
    return path


class OnSqlite(StoreContract):
    """Gives the contracts a SQLite store."""

    @pytest.fixture
    def store(self, clock: HandClock, empty: Path, tmp_path: Path) -> Iterator[SqliteStore]:
        path = Path(shutil.copy(empty, tmp_path / "lunas.db"))
        with SqliteStore.open(path, a_codec(), now=clock) as store:
            yield store

    @pytest.fixture
    def accidents(self, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> Accidents:
        def lose(connection: sqlite3.Connection) -> None:
            connection.execute("COMMIT")
            raise sqlite3.OperationalError("the disk failed after the commit")

        def fail(connection: sqlite3.Connection) -> None:
            connection.execute("SAVEPOINT a_real_error")
            connection.execute("PRAGMA max_page_count = 1")
            connection.execute("CREATE TABLE too_much (x)")

        return Accidents(
            lose_acknowledgements=lambda: monkeypatch.setattr(store.writer, "_commit", lose),
            fail=lambda: monkeypatch.setattr(store.writer, "_commit", fail),
            stop=monkeypatch.undo,
        )


class TestSqlitePayments(OnSqlite, PaymentRepositoryContract):
    pass


class TestSqlitePaymentQueues(OnSqlite, PaymentQueuesContract):
    pass


class TestSqlitePaymentPages(OnSqlite, PaymentPagesContract):
    pass


class TestSqliteTelling(OnSqlite, TellingContract):
    pass


class TestSqliteFeed(OnSqlite, PaymentFeedContract):
    pass


class TestSqliteEvents(OnSqlite, EventLogContract):
    pass


class TestSqliteDeliveries(OnSqlite, DeliveryRepositoryContract):
    pass


class TestSqliteEndpoints(OnSqlite, EndpointRepositoryContract):
    pass


class TestSqliteLinks(OnSqlite, WalletLinksContract):
    pass


class TestSqliteDirectory(OnSqlite, DirectoryContract):
    pass


class TestSqliteAccounts(OnSqlite, AccountRepositoryContract):
    pass


class TestSqliteSequences(OnSqlite, SequencesContract):
    pass


class TestSqliteHeartbeats(OnSqlite, HeartbeatsContract):
    pass


class TestSqliteIdempotency(OnSqlite, IdempotencyStoreContract):
    pass


class TestSqliteTokens(OnSqlite, KeptTokensContract):
    pass


class TestSqliteInbox(OnSqlite, InboxContract):
    pass
