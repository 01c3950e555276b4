"""The production house over real servers, each behind a wire that can be cut or slowed down."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.house import RunningHouse, a_house, until
from tests.integration.production.wire import Wire, a_wire
from tests.servers.mongo import MongoServer
from tests.servers.redis import RedisServer, a_redis

CALM = {
    "LUNAS_OVO_SEND_WITHIN": "20s",
    "LUNAS_OVO_ASK_WITHIN": "5s",
    "LUNAS_SKEW": "1s",
    "LUNAS_SCAN_EVERY": "0.4s",
    "LUNAS_UPKEEP_EVERY": "1s",
    "LUNAS_WEBHOOK_NETWORKS": "127.0.0.0/8",
    "LUNAS_DRAIN": "3s",
}
"""OVO's own clocks, and claims that a slow stand-in of MongoDB may delay."""
EVERYBODY = ("sandbox", "worker", "worker-2", "serve", "serve-2")


@dataclass(frozen=True, slots=True)
class Servers:
    """What a production house stands on. `wire` leads to MongoDB."""

    mongo: MongoServer
    wire: Wire
    redis: RedisServer


@dataclass(frozen=True, slots=True)
class Production:
    """A production house and its servers."""

    house: RunningHouse
    servers: Servers

    def start(self, *names: str) -> None:
        """Start these processes, or two of each."""
        self.house.start(*(names or EVERYBODY))

    def whole(self) -> None:
        """Everything runs again, whatever a test did to it."""
        self.house.ensure(*EVERYBODY)


def shown(house: RunningHouse, phone: str) -> Any:
    """The push that waits on this phone, as soon as it does; a stand-in of MongoDB is slow."""
    waits = f"shown on {phone}"
    return until(lambda: house.ledger(phone=phone, state="waiting")["pushes"], waits, 90.0)[0]


@contextmanager
def some_servers(folder: Path) -> Iterator[Servers]:
    """A MongoDB with a wire to it, and a Redis."""
    with (
        MongoServer(folder / "mongo") as mongo,
        a_wire(mongo.port) as wire,
        a_redis(folder) as redis,
    ):
        yield Servers(mongo, wire, redis)


def known_servers(servers: Servers, name: str) -> dict[str, str]:
    """The settings of a house on these servers, in a database of that name."""
    return {
        "store": "mongodb",
        "mongodb_url": servers.mongo.uri(name.replace("-", "_"), servers.wire.port),
        "redis_url": servers.redis.url,
    }


@contextmanager
def a_production(
    folder: Path, servers: Servers, clocks: Mapping[str, str] = CALM, **settings: Any
) -> Iterator[Production]:
    """A house with one merchant in a database of its own; nothing of it is started yet."""
    known = known_servers(servers, folder.name)
    with a_house(folder, clocks, **(known | settings)) as house:
        yield Production(house, servers)
