"""What `lunas doctor` says of the production house's servers."""

from collections.abc import Iterator

from adapters.inbound.cli.tools import Finding, Verdict
from adapters.outbound.mongo.connection import Connection, Patience
from adapters.outbound.mongo.database import OLDEST_SERVER
from adapters.outbound.mongo.signs import signs as mongo_signs
from adapters.outbound.redis.line import RedisLine
from application.ports import IndexUnavailable
from bootstrap.search import server
from bootstrap.settings import Settings
from domain.errors import LunasError

GOOD, WARNING, BAD = Verdict.GOOD, Verdict.WARNING, Verdict.BAD
ENOUGH_VOTES = 3
OLDEST_REDIS = 6
OLDEST_ELASTICSEARCH = 8


def mongodb(settings: Settings) -> Iterator[Finding]:
    """Its version, its replica set, what a write waits for, and its indexes."""
    try:
        connection = Connection(settings.mongodb_url or "", Patience())
        try:
            found = mongo_signs(connection)
        finally:
            connection.close()
    except LunasError as away:
        fix = "start MongoDB, or mend LUNAS_MONGODB_URL; nothing is sent to the wallet meanwhile"
        yield Finding("MongoDB", BAD, str(away), fix)
        return
    known = tuple(int(part) for part in found.version.split(".")[:2])
    if known >= OLDEST_SERVER:
        yield Finding("MongoDB", GOOD, f"version {found.version}")
    else:
        needed = ".".join(map(str, OLDEST_SERVER))
        yield Finding("MongoDB", BAD, f"version {found.version} is too old", f"upgrade to {needed}")
    if found.replica_set is None:
        fix = "make it a replica set (`rs.initiate()`): majority writes need one"
        yield Finding("MongoDB", WARNING, "it is no replica set: it cannot fail over", fix)
    elif found.voting < ENOUGH_VOTES:
        text = f"replica set {found.replica_set} has {found.voting} voting member(s)"
        yield Finding("MongoDB", WARNING, text, "have three: with fewer no one takes over")
    else:
        text = f"replica set {found.replica_set}, {found.voting} voting members"
        yield Finding("MongoDB", GOOD, text)
    if found.durable:
        yield Finding("MongoDB", GOOD, "a write waits for a majority and its journal")
    else:
        fix = "reinstall Lunas: nothing in the URL can weaken it"
        yield Finding("MongoDB", BAD, "a write does not wait for a majority", fix)
    if found.indexes_missing:
        text = f"indexes are missing: {', '.join(found.indexes_missing)}"
        yield Finding("MongoDB", BAD, text, "`lunas migrate`")
    else:
        yield Finding("MongoDB", GOOD, "every index is there")


def redis(settings: Settings) -> Iterator[Finding]:
    """Whether it answers, and its version."""
    if not settings.redis_url:
        fix = "set LUNAS_REDIS_URL where processes run on several machines"
        text = "none is named: processes of one machine wake each other, others look each scan"
        yield Finding("Redis", WARNING, text, fix)
        return
    try:
        line = RedisLine(settings.redis_url)
    except ValueError as wrong:
        yield Finding("Redis", BAD, f"LUNAS_REDIS_URL cannot be meant: {wrong}", "mend it")
        return
    try:
        version = line.version()
    finally:
        line.close()
    if version is None:
        fix = "start it, or mend LUNAS_REDIS_URL; meanwhile everything works, slower"
        yield Finding("Redis", WARNING, "it does not answer", fix)
    elif int(version.split(".")[0]) < OLDEST_REDIS:
        fix = f"upgrade to {OLDEST_REDIS} or newer"
        yield Finding("Redis", WARNING, f"version {version} was never tried", fix)
    else:
        yield Finding("Redis", GOOD, f"version {version}; it may be flushed at any time")


def elasticsearch(settings: Settings) -> Iterator[Finding]:
    """Whether it answers, its version, and whether the index is this version's."""
    found_server = server(settings)
    if found_server is None:
        text = "none is named: each machine searches a file of its own, or the store"
        fix = "set LUNAS_SEARCH_URL where processes run on several machines"
        yield Finding("Elasticsearch", WARNING, text, fix)
        return
    from adapters.outbound.search.signs import signs  # noqa: PLC0415 - takes memory and time

    try:
        found = signs(found_server)
    except ValueError as wrong:
        text = f"LUNAS_SEARCH_URL cannot be meant: {wrong}"
        yield Finding("Elasticsearch", BAD, text, "mend it")
        return
    except IndexUnavailable as away:
        fix = "start it, or mend LUNAS_SEARCH_URL; searches are answered by the store meanwhile"
        yield Finding("Elasticsearch", WARNING, f"it does not answer: {away}", fix)
        return
    if int(found.version.split(".")[0]) < OLDEST_ELASTICSEARCH:
        fix = f"upgrade to {OLDEST_ELASTICSEARCH} or newer"
        yield Finding("Elasticsearch", WARNING, f"version {found.version} was never tried", fix)
    else:
        yield Finding("Elasticsearch", GOOD, f"version {found.version}")
    if not found.indexed:
        fix = "a worker makes it, or `lunas search rebuild`"
        yield Finding("Elasticsearch", WARNING, "there is no index yet", fix)
    elif not found.mapped:
        text = "the index lacks fields of this version"
        yield Finding("Elasticsearch", BAD, text, "`lunas search rebuild`")
    else:
        yield Finding("Elasticsearch", GOOD, "the index has this version's fields")
