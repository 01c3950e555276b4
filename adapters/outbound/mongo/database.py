"""The database: brought up to date, and recognised before it is used."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pymongo.errors import PyMongoError

from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Patience
from adapters.outbound.mongo.troubles import DatabaseRefused, words

OWNER = "lunas"
_SCHEMA = "schema"
OLDEST_SERVER = (5, 0)
"""Older ones refuse parts of our updates."""
MIGRATION_PATIENCE = Patience(answer=timedelta(hours=1), primary=timedelta(seconds=10))
"""An index over many payments takes its time."""


def migrate(uri: str, *, dry_run: bool = False) -> list[str]:
    """Make the indexes, or bring them up to date; tells what was, or would be, done. Repeatable.

    Raises DatabaseRefused for a foreign or newer database, or one that cannot be written.
    """
    connection = Connection(uri, MIGRATION_PATIENCE)
    try:
        with _refusing(connection, "migrated"):
            version = _version(connection)
            steps = list(enumerate(schema.STEPS, start=1))[version:]
            lost = [f"index {name}, which was lost" for name in _lost(connection, version)]
            for number, step in () if dry_run else steps:
                _take(connection, number, step)
            if lost and not dry_run:
                _take(connection, version, *schema.STEPS[:version])
            return [*lost, *(line for _, step in steps for line in _plan(step))]
    finally:
        connection.close()


def is_new(uri: str) -> bool:
    """Whether nothing of Lunas's is in it yet; raises DatabaseRefused for a foreign one."""
    connection = Connection(uri, MIGRATION_PATIENCE)
    try:
        with _refusing(connection, "opened"):
            return _version(connection) == 0
    finally:
        connection.close()


def recognise(connection: Connection) -> None:
    """Raise DatabaseRefused unless this is a database of this version, and say what to do."""
    with _refusing(connection, "opened"):
        version = _version(connection)
        told = tuple(connection.client.server_info()["versionArray"][:2])
    name = connection.database.name
    if tuple(told) < OLDEST_SERVER:
        needed = ".".join(map(str, OLDEST_SERVER))
        raise DatabaseRefused(f"MongoDB {'.'.join(map(str, told))} is too old: {needed} is needed")
    if version == 0:
        raise DatabaseRefused(f"the database {name} is empty: run `lunas migrate` to set it up")
    if version < len(schema.STEPS):
        raise DatabaseRefused(
            f"the database {name} has version {version} and this Lunas needs {len(schema.STEPS)}:"
            " run `lunas migrate`"
        )


def indexes_missing(connection: Connection) -> Sequence[str]:
    """The indexes of this version that are not there, as collection and name: for the doctor."""
    with connection.reading():
        return [
            f"{collection}.{index.document['name']}"
            for step in schema.STEPS
            for collection, indexes in step.indexes.items()
            for known in [connection.database[collection].index_information()]
            for index in indexes
            if index.document["name"] not in known
        ]


def _plan(step: schema.Step) -> Iterator[str]:
    yield step.name
    for collection, indexes in step.indexes.items():
        for index in indexes:
            once = "unique index" if index.document.get("unique") else "index"
            yield f"{once} {index.document['name']} on {collection}"


def _lost(connection: Connection, version: int) -> Sequence[str]:
    """The indexes of the steps that were taken which somebody dropped since."""
    taken = {
        f"{collection}.{index.document['name']}"
        for step in schema.STEPS[:version]
        for collection, indexes in step.indexes.items()
        for index in indexes
    }
    return [name for name in indexes_missing(connection) if name in taken] if version else []


def _take(connection: Connection, number: int, *steps: schema.Step) -> None:
    # The version is written last: a step that was cut short is taken again, and what of it is
    # there already does nothing.
    for step in steps:
        for collection, indexes in step.indexes.items():
            connection.database[collection].create_indexes(list(indexes))
    connection.database[_SCHEMA].update_one(
        {"_id": OWNER}, {"$max": {"version": number}}, upsert=True
    )


def _version(connection: Connection) -> int:
    """The version of a store of ours, 0 of an empty database; raises DatabaseRefused for others."""
    known: Mapping[str, Any] | None = connection.database[_SCHEMA].find_one({"_id": OWNER})
    name = connection.database.name
    if known is None:
        # A migration that was cut short leaves indexed, empty collections.
        ours = {collection for step in schema.STEPS for collection in step.indexes} | {_SCHEMA}
        if set(connection.database.list_collection_names()) - ours:
            raise DatabaseRefused(f"the database {name} is not one of Lunas's: it is left alone")
        return 0
    version = int(known["version"])
    if version > len(schema.STEPS):
        raise DatabaseRefused(
            f"the database {name} has version {version}, but this Lunas knows only"
            f" {len(schema.STEPS)}: run the newer Lunas that wrote it"
        )
    return version


@contextmanager
def _refusing(connection: Connection, what: str) -> Iterator[None]:
    try:
        yield
    except PyMongoError as problem:
        name = connection.database.name
        raise DatabaseRefused(
            f"the database {name} cannot be {what}: {words(problem)}"
        ) from problem
