"""All SQLite stores over one file, one writer and the readers of this process."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, final

from adapters.outbound.codec import Codec
from adapters.outbound.sqlite.accounts import SqliteAccounts
from adapters.outbound.sqlite.database import Database, migrate
from adapters.outbound.sqlite.deliveries import SqliteDeliveries
from adapters.outbound.sqlite.directory import SqliteDirectory
from adapters.outbound.sqlite.endpoints import SqliteEndpoints
from adapters.outbound.sqlite.events import SqliteEvents
from adapters.outbound.sqlite.feed import SqliteFeed
from adapters.outbound.sqlite.heartbeats import SqliteHeartbeats
from adapters.outbound.sqlite.idempotency import Keeper, SqliteIdempotency
from adapters.outbound.sqlite.inbox import SqliteInbox
from adapters.outbound.sqlite.links import SqliteLinks
from adapters.outbound.sqlite.payments import SqlitePayments
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.recent import Written
from adapters.outbound.sqlite.remembered import Mark
from adapters.outbound.sqlite.sequences import SqliteSequences
from adapters.outbound.sqlite.tokens import SqliteTokens
from adapters.outbound.sqlite.turnstile import Turnstile
from adapters.outbound.sqlite.writer import MOST_WAITING, Writer


def system_time() -> datetime:
    """The time of this machine, UTC."""
    return datetime.now(UTC)


@final
class SqliteStore:
    """Every store port in one SQLite file.

    `turnstile` makes the writers of several processes queue at a lock file; `now` is the store's
    clock (UTC).
    """

    def __init__(
        self,
        path: Path,
        codec: Codec,
        *,
        turnstile: bool = True,
        now: Callable[[], datetime] = system_time,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Open a migrated file, and start its writer; raises DatabaseRefused."""
        database = Database(path)
        self._turnstile = Turnstile(path) if turnstile else None
        self._mark = Mark(path)
        self.writer = Writer(database, self._turnstile, most_waiting=most_waiting)
        self.readers = Readers(database)
        keeper = Keeper(codec, now)
        recent = Written()
        self.payments = SqlitePayments(self.writer, self.readers, codec, keeper, recent)
        self.feed = SqliteFeed(self.readers, codec, recent.payments)
        self.events = SqliteEvents(self.writer, self.readers, codec, recent.events)
        self.deliveries = SqliteDeliveries(self.writer, self.readers, keeper)
        self.endpoints = SqliteEndpoints(self.writer, self.readers, codec, keeper, self._mark)
        self.links = SqliteLinks(self.writer, self.readers, codec, keeper)
        self.directory = SqliteDirectory(self.writer, self.readers, self._mark)
        self.accounts = SqliteAccounts(self.writer, self.readers, codec, self._mark)
        self.sequences = SqliteSequences(self.writer)
        self.heartbeats = SqliteHeartbeats(self.writer, self.readers, now)
        self.idempotency = SqliteIdempotency(self.writer, self.readers, codec, keeper)
        self.tokens = SqliteTokens(self.writer, self.readers, codec)
        self.inbox = SqliteInbox(self.writer, self.readers, codec)

    @classmethod
    def open(
        cls,
        path: Path,
        codec: Codec,
        *,
        create: bool = False,
        turnstile: bool = True,
        now: Callable[[], datetime] = system_time,
        most_waiting: int = MOST_WAITING,
    ) -> Self:
        """Open the file; `create` makes it if it is not there (an old one is never migrated here).

        Raises DatabaseRefused, which says what to do.
        """
        if create and (not path.exists() or path.stat().st_size == 0):
            migrate(path)
        return cls(path, codec, turnstile=turnstile, now=now, most_waiting=most_waiting)

    def close(self) -> None:
        """Write what waits, and close the file."""
        # The last to close folds the log into the file, which a reader cannot.
        self.readers.close()
        self.writer.close()
        self._mark.close()
        if self._turnstile is not None:
            self._turnstile.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
