"""Signs of life in MongoDB."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import final

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import Told
from adapters.outbound.mongo.share import Share
from adapters.outbound.plain import from_instant, instant
from application.ports import Heartbeat, Heartbeats

REMEMBERED = timedelta(days=1)
"""A worker silent for longer is forgotten altogether."""
SHARES_FOR = timedelta(seconds=10)
"""A worker that beat so long before the latest beat of all has no share of the work."""


@final
class MongoHeartbeats(Heartbeats):
    """Which workers live, by the server's clock; this process's own worker is told to its share."""

    def __init__(
        self,
        connection: Connection,
        share: Share,
        told: Told,
        now: Callable[[], datetime] | None,
    ) -> None:
        """`now` stands in for the server's clock."""
        self._connection = connection
        self._share = share
        self._told = told
        self._now = now

    def beat(self, heartbeat: Heartbeat) -> None:
        document: Document = {
            "at": instant(heartbeat.at),
            "trouble": heartbeat.trouble,
            "unwell": list(heartbeat.unwell),
        }
        with suppress(DuplicateKeyError):  # two of one name at once: the other beat is as good
            self._write(heartbeat.worker, document)
        with self._connection.writing():
            too_old = instant(heartbeat.at - REMEMBERED)
            self._connection.heartbeats.delete_many({"at": {"$lt": too_old}})
        self._share.works_for(heartbeat.worker)

    def alive(self, since: datetime) -> Sequence[Heartbeat]:
        found = self._connection.read(
            lambda: self._connection.heartbeats.find(
                {"at": {"$gte": instant(since)}}, sort=[("_id", ASCENDING)]
            ).to_list()
        )
        return [
            Heartbeat(d["_id"], from_instant(d["at"]), d["trouble"], tuple(d.get("unwell", ())))
            for d in found
        ]

    def now(self) -> datetime:
        if self._now is not None:
            return self._now()
        with self._connection.reading():
            told: datetime = self._connection.client.admin.command("hello")["localTime"]
        server = told.astimezone(UTC)
        self._told.measure(server)
        return server

    def _write(self, worker: str, document: Document) -> None:
        with self._connection.writing():
            self._connection.heartbeats.replace_one({"_id": worker}, document, upsert=True)


def working(connection: Connection) -> Sequence[str]:
    """The workers that live and start new work, by name: those among whom it is shared out."""
    beats = connection.read(lambda: connection.heartbeats.find({}).to_list())
    latest = max((beat["at"] for beat in beats), default=0)
    oldest = latest - SHARES_FOR // timedelta(microseconds=1)
    return sorted(b["_id"] for b in beats if b["at"] >= oldest and b["trouble"] is None)
