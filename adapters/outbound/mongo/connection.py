"""The one client of a process: durable writes, reads of what is durable, bounded waits."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, final

from pymongo import MongoClient
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from adapters.outbound.mongo.troubles import (
    UNSTORABLE,
    DatabaseRefused,
    unread,
    unstorable,
    unwritten,
    words,
)
from application.ports import StoreUnavailable, WriteUnconfirmed

DEFAULT_NAME = "lunas"
"""The database, where the URI names none."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the store is waited for: `answer` bounds each operation with its retries, `primary`
    the search for a server that can take it. Both are well within N, the send deadline of a push.
    """

    answer: timedelta = timedelta(seconds=5)
    primary: timedelta = timedelta(seconds=2)


class _Sent(CommandListener):
    """Our own mark: the driver tells of a command just before it is handed to a connection."""

    def __init__(self) -> None:
        self._mine = threading.local()

    def clear(self) -> None:
        self._mine.mark = False

    @property
    def mark(self) -> bool:
        return bool(self._mine.mark)

    def started(self, _: CommandStartedEvent) -> None:
        self._mine.mark = True

    def succeeded(self, _: CommandSucceededEvent) -> None:
        """Nothing is learnt by it."""

    def failed(self, _: CommandFailedEvent) -> None:
        """Nothing is learnt by it."""


@final
class Connection:
    """The database, and the two ways to use it.

    What the driver is told here (majority, journal, retries, primary) a URI cannot weaken.
    """

    def __init__(
        self, uri: str, patience: Patience, listeners: Sequence[CommandListener] = ()
    ) -> None:
        """Nothing is sent yet; raises DatabaseRefused for a URI that cannot be one."""
        self._sent = _Sent()
        try:
            self.client: MongoClient[Document] = MongoClient(
                uri,
                appname="lunas",
                w="majority",
                journal=True,
                retryWrites=True,
                retryReads=True,
                readPreference="primary",
                readConcernLevel="majority",
                tz_aware=True,
                timeoutMS=_milliseconds(patience.answer),
                connectTimeoutMS=_milliseconds(patience.primary),
                serverSelectionTimeoutMS=_milliseconds(patience.primary),
                event_listeners=[self._sent, *listeners],
            )
            self.database = self.client.get_default_database(DEFAULT_NAME)
        except (PyMongoError, ValueError) as problem:
            raise DatabaseRefused(f"the store's URI cannot be used: {words(problem)}") from problem
        self.payments = self.database["payments"]
        self.holds = self.database["holds"]
        self.events = self.database["events"]
        self.deliveries = self.database["deliveries"]
        self.endpoints = self.database["endpoints"]
        self.wallet_links = self.database["wallet_links"]
        self.merchants = self.database["merchants"]
        self.clients = self.database["clients"]
        self.accounts = self.database["accounts"]
        self.sequences = self.database["sequences"]
        self.heartbeats = self.database["heartbeats"]
        self.tokens = self.database["tokens"]
        self.inbox = self.database["inbox"]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Raises StoreUnavailable, never an error of the driver's."""
        try:
            yield
        except PyMongoError as problem:
            raise unread(problem) from problem

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raises StoreUnavailable if nothing was sent, WriteUnconfirmed where it cannot be told.

        InvalidValue for what BSON cannot hold. DuplicateKeyError and BulkWriteError are left to
        the caller.
        """
        self._sent.clear()
        try:
            yield
        except (DuplicateKeyError, BulkWriteError):
            raise
        except PyMongoError as problem:
            raise unwritten(problem, sent=self._sent.mark) from problem
        except UNSTORABLE as problem:
            raise unstorable(problem) from problem

    @contextmanager
    def looking_back(self) -> Iterator[None]:
        """Around reads that tell what became of a write: without them it cannot be told."""
        try:
            yield
        except WriteUnconfirmed:
            raise
        except StoreUnavailable as away:
            raise WriteUnconfirmed(f"the write cannot be read back: {away}") from away

    def read(self, question: Callable[[], list[Document]]) -> list[Document]:
        """Every document of the answer."""
        with self.reading():
            return question()

    def close(self) -> None:
        """Close every socket; what is asked afterwards is refused."""
        self.client.close()


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
