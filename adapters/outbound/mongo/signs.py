"""What a MongoDB tells of itself, for whoever looks after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo.errors import OperationFailure

from adapters.outbound.mongo.connection import Connection
from adapters.outbound.mongo.database import indexes_missing


@dataclass(frozen=True, slots=True)
class Signs:
    """Its version, the replica set that it belongs to, its members that can vote, and our indexes.

    `durable` tells whether a write of ours waits for a majority and its journal.
    """

    version: str
    replica_set: str | None
    voting: int
    durable: bool
    indexes_missing: Sequence[str]


def signs(connection: Connection) -> Signs:
    """Look once; raises StoreUnavailable."""
    with connection.reading():
        version = str(connection.client.server_info()["version"])
        hello = connection.client.admin.command("hello")
    concern = connection.payments.write_concern.document
    return Signs(
        version=version,
        replica_set=hello.get("setName"),
        voting=_voting(connection) or len(hello.get("hosts", ())),
        durable=concern.get("w") == "majority" and concern.get("j") is True,
        indexes_missing=indexes_missing(connection),
    )


def _voting(connection: Connection) -> int:
    """How many members may elect a primary; 0 where we may not ask."""
    try:
        config = connection.client.admin.command("replSetGetConfig")["config"]
    except OperationFailure:
        return 0
    return sum(bool(member.get("votes", 1)) for member in config["members"])
