"""The production house: MongoDB, Redis and Elasticsearch, and any number of processes."""

from contextlib import AbstractContextManager, ExitStack, nullcontext

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.memory.limits import MemoryRateLimiter
from adapters.outbound.mongo.audit import MongoAudit
from adapters.outbound.mongo.database import is_new, migrate
from adapters.outbound.mongo.store import MongoStore, system_time
from adapters.outbound.redis.answers import CachedAnswers
from adapters.outbound.redis.bell import RedisBell
from adapters.outbound.redis.flights import RedisFirst
from adapters.outbound.redis.limits import RedisRateLimiter
from adapters.outbound.redis.line import RedisLine
from adapters.outbound.signal.bell import Bell
from adapters.outbound.signal.local import LocalSignal
from application.ports import RateLimiter
from bootstrap.house import House, assembled
from bootstrap.means import Means
from bootstrap.search import opened_index
from bootstrap.settings import Settings


def opened(settings: Settings, role: str) -> AbstractContextManager[House]:
    """Open the house over its servers; raises what `assembled` raises.

    MongoDB must be there, Redis need not: without its address the processes of one machine wake
    each other by pipes, those of others look by themselves, and each API counts for itself.
    """

    def bring(keyring: Keyring, codec: Codec, closing: ExitStack) -> Means:
        store = MongoStore.open(_url(settings), codec)
        closing.callback(store.close)
        index = opened_index(settings)
        closing.callback(index.close)
        policy = settings.rate_policy()
        alone: RateLimiter | None = MemoryRateLimiter(policy) if policy else None
        if not settings.redis_url:
            pipes = Bell(settings.bells, role)
            closing.callback(pipes.close)
            return Means(
                store=store,
                answers=store.idempotency,
                index=index,
                bell=pipes,
                limiter=alone,
                audit=lambda: MongoAudit(store.connection, codec),
                alone=False,
            )
        line = RedisLine(settings.redis_url)
        closing.callback(line.close)
        bell = RedisBell(line, LocalSignal())
        closing.callback(bell.close)
        return Means(
            store=store,
            answers=CachedAnswers(store.idempotency, line, codec, keyring, system_time),
            index=index,
            bell=bell,
            limiter=RedisRateLimiter(line, policy, alone) if policy and alone else None,
            audit=lambda: MongoAudit(store.connection, codec),
            alone=False,
            first_of=RedisFirst(line),
        )

    return assembled(settings, role, bring)


def worker_place(settings: Settings) -> AbstractContextManager[None]:
    """There is a place for every worker."""
    return nullcontext()


def store(settings: Settings, codec: Codec) -> MongoStore:
    """The store alone; raises StoreUnavailable."""
    return MongoStore.open(_url(settings), codec)


def check(settings: Settings) -> None:
    """See that the house can be opened, and leave it; raises StoreUnavailable."""
    MongoStore.open(_url(settings), Codec(Keyring.read(settings.keys))).close()


def prepare(settings: Settings) -> list[str]:
    """Lay what a first start needs: keys and indexes; tells what was made. Repeatable.

    A database without its keys gets no new ones: they could read nothing of it.
    """
    made = []
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _needs_keys(settings):
        Keyring.create(settings.keys)
        made.append(f"key file {settings.keys}")
    return [*made, *migrate(_url(settings))]


def plan(settings: Settings) -> list[str]:
    """What `prepare` would make, without making it."""
    keys = [f"key file {settings.keys}"] if _needs_keys(settings) else []
    return [*keys, *migrate(_url(settings), dry_run=True)]


def _needs_keys(settings: Settings) -> bool:
    return not settings.keys.exists() and is_new(_url(settings))


def _url(settings: Settings) -> str:
    assert settings.mongodb_url, "the settings were judged"
    return settings.mongodb_url
