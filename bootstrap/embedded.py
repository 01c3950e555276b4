"""The embedded house: SQLite, one API process, one dispatcher, pipes between them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.memory.limits import MemoryRateLimiter
from adapters.outbound.signal.bell import Bell
from adapters.outbound.sqlite.audit import SqliteAudit
from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from application.ports import StoreUnavailable
from bootstrap.house import House, assembled
from bootstrap.means import Means
from bootstrap.search import opened_index
from bootstrap.settings import Settings


class AlreadyRunning(StoreUnavailable):
    """Another worker holds this store: on SQLite there is one."""


def opened(settings: Settings, role: str) -> AbstractContextManager[House]:
    """Open the house over its file; raises what `assembled` raises."""

    def bring(_: Keyring, codec: Codec, closing: ExitStack) -> Means:
        store = SqliteStore.open(settings.database, codec)
        closing.callback(store.close)
        index = opened_index(settings)
        closing.callback(index.close)
        bell = Bell(settings.bells, role)
        closing.callback(bell.close)
        policy = settings.rate_policy()
        return Means(
            store=store,
            answers=store.idempotency,
            index=index,
            bell=bell,
            limiter=MemoryRateLimiter(policy) if policy else None,
            audit=lambda: SqliteAudit(store.readers, codec),
            alone=True,
        )

    return assembled(settings, role, bring)


@contextmanager
def worker_place(settings: Settings) -> Iterator[None]:
    """Hold the one place for a worker; raises AlreadyRunning."""
    lock = os.open(settings.data_dir / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            raise AlreadyRunning("another worker runs on this database") from held
        yield
    finally:
        os.close(lock)


def store(settings: Settings, codec: Codec) -> SqliteStore:
    """The store alone; raises StoreUnavailable."""
    return SqliteStore.open(settings.database, codec)


def check(settings: Settings) -> None:
    """See that the house can be opened, and leave it; raises StoreUnavailable."""
    SqliteStore.open(settings.database, Codec(Keyring.read(settings.keys))).close()


def prepare(settings: Settings) -> list[str]:
    """Lay what a first start needs: folder, keys, database; tells what was made. Repeatable.

    A database without its keys gets no new ones: they could read nothing of it.
    """
    made = []
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.keys.exists() and not settings.database.exists():
        Keyring.create(settings.keys)
        made.append(f"key file {settings.keys}")
    return [*made, *migrate(settings.database)]


def plan(settings: Settings) -> list[str]:
    """What `prepare` would make, without making it."""
    new = not settings.keys.exists() and not settings.database.exists()
    keys = [f"key file {settings.keys}"] if new else []
    return [*keys, *migrate(settings.database, dry_run=True)]
