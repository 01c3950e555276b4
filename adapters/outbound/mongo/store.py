"""The MongoDB stores, assembled."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Self, final

from pymongo.monitoring import CommandListener

from adapters.outbound.codec import Codec
from adapters.outbound.mongo.accounts import MongoAccounts
from adapters.outbound.mongo.connection import Connection, Patience
from adapters.outbound.mongo.database import recognise
from adapters.outbound.mongo.deliveries import MongoDeliveries
from adapters.outbound.mongo.directory import MongoDirectory
from adapters.outbound.mongo.documents import Told
from adapters.outbound.mongo.endpoints import MongoEndpoints
from adapters.outbound.mongo.events import MongoEvents
from adapters.outbound.mongo.feed import MongoFeed
from adapters.outbound.mongo.heartbeats import MongoHeartbeats, working
from adapters.outbound.mongo.holds import Holds
from adapters.outbound.mongo.idempotency import Keeper, MongoIdempotency
from adapters.outbound.mongo.inbox import MongoInbox
from adapters.outbound.mongo.links import MongoLinks
from adapters.outbound.mongo.payments import MongoPayments
from adapters.outbound.mongo.saving import Saving
from adapters.outbound.mongo.sequences import MongoSequences
from adapters.outbound.mongo.share import Share
from adapters.outbound.mongo.tokens import MongoTokens


def system_time() -> datetime:
    """The time of this machine, UTC."""
    return datetime.now(UTC)


@final
class MongoStore:
    """Every store port in one MongoDB database.

    `now` stands in for the server's clock and this machine's (UTC). `listeners` hear of every
    command that the driver sends.
    """

    def __init__(
        self,
        uri: str,
        codec: Codec,
        *,
        patience: Patience | None = None,
        now: Callable[[], datetime] | None = None,
        listeners: Sequence[CommandListener] = (),
    ) -> None:
        """Connect to a migrated database; raises DatabaseRefused."""
        connection = self.connection = Connection(uri, patience or Patience(), listeners)
        try:
            recognise(connection)
        except BaseException:
            connection.close()
            raise
        clock = now or system_time
        keeper, told = Keeper(connection, codec, clock), Told()
        self.keeper, self.told = keeper, told
        share = self.share = Share(partial(working, connection))
        holds = Holds(connection, clock)
        saving = Saving(connection, codec, keeper, holds, told)
        self.payments = MongoPayments(connection, codec, saving, holds, share)
        self.feed = MongoFeed(connection, codec)
        self.events = MongoEvents(connection, codec, told, share)
        self.deliveries = MongoDeliveries(connection, keeper, share)
        self.endpoints = MongoEndpoints(connection, codec, keeper)
        self.links = MongoLinks(connection, codec, keeper, told)
        self.directory = MongoDirectory(connection)
        self.accounts = MongoAccounts(connection, codec)
        self.sequences = MongoSequences(connection)
        self.heartbeats = MongoHeartbeats(connection, share, told, now)
        self.idempotency = MongoIdempotency(connection, keeper)
        self.tokens = MongoTokens(connection, codec)
        self.inbox = MongoInbox(connection, codec)

    @classmethod
    def open(
        cls,
        uri: str,
        codec: Codec,
        *,
        patience: Patience | None = None,
        now: Callable[[], datetime] | None = None,
        listeners: Sequence[CommandListener] = (),
    ) -> Self:
        """Connect; an empty or old database is refused, never migrated here.

        Raises DatabaseRefused, which says what to do.
        """
        return cls(uri, codec, patience=patience, now=now, listeners=listeners)

    def close(self) -> None:
        """Close every socket."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
