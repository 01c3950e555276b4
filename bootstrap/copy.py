"""`lunas copy`: a house moves from one store to another, whole and proved."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol, final

import orjson

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from application.move_house import Archive, Copied, CopyRefused, Kind, MoveHouse, Step
from application.ports import Heartbeats
from bootstrap.settings import Settings
from domain.errors import InvalidValue

SILENT_FOR = timedelta(seconds=30)
"""A store in which a worker beat within this time is in use."""


class OpenStore(Protocol):
    """What is asked of either store before anything is copied."""

    @property
    def heartbeats(self) -> Heartbeats: ...
    def close(self) -> None:
        """Let go of it."""


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A store named on the command line: `sqlite:var/lunas.db` or `mongodb://…/lunas`."""

    scheme: str
    address: str

    @classmethod
    def named(cls, text: str) -> "Place":
        """Raises InvalidValue for what is no store."""
        scheme, colon, rest = text.partition(":")
        if colon and scheme == "sqlite" and rest:
            return cls(scheme, rest)
        if scheme in {"mongodb", "mongodb+srv"} and rest.startswith("//"):
            return cls("mongodb", text)
        raise InvalidValue("store", "a store is sqlite:PATH or mongodb://HOST/DATABASE")

    @property
    def identity(self) -> str:
        """Names it among stores, and tells no password."""
        whole = str(Path(self.address).absolute()) if self.scheme == "sqlite" else self.address
        return hashlib.sha256(f"{self.scheme}:{whole}".encode()).hexdigest()

    @contextmanager
    def opened(self, codec: Codec, *, new: bool) -> Iterator[Archive]:
        """The store's records; a `new` one is brought up to date first. Refused while in use."""
        store: OpenStore
        archive: Archive
        if self.scheme == "sqlite":
            store, archive = _sqlite(Path(self.address), codec, new=new)
        else:
            store, archive = _mongo(self.address, codec, new=new)
        try:
            beats = store.heartbeats.alive(store.heartbeats.now() - SILENT_FOR)
            if beats:
                raise CopyRefused(
                    f"{'the target' if new else 'the source'} is in use by {beats[0].worker}:"
                    f" stop every worker and API, and wait {SILENT_FOR.total_seconds():.0f} s"
                )
            yield archive
        finally:
            store.close()


@final
class Progress:
    """Where the copy is, in a file of the data folder, so that it can go on after any end."""

    def __init__(self, folder: Path, source: Place, target: Place) -> None:
        name = hashlib.sha256((source.identity + target.identity).encode()).hexdigest()[:16]
        self._file = folder / f"copy-{name}.json"

    def read(self) -> dict[Kind, str]:
        """What is durable at the target."""
        if not self._file.exists():
            return {}
        return {Kind(kind): after for kind, after in orjson.loads(self._file.read_bytes()).items()}

    def mark(self, kind: Kind, after: str) -> None:
        """Everything of this kind up to that id is durable."""
        fresh = self._file.with_suffix(".new")
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_bytes(
            orjson.dumps({str(k): id_ for k, id_ in {**self.read(), kind: after}.items()})
        )
        fresh.replace(self._file)

    def forget(self) -> None:
        """The copy is whole."""
        self._file.unlink(missing_ok=True)


def copy(settings: Settings, source: str, target: str, step: Step) -> Copied:
    """Copy everything, or go on where it was cut short; raises CopyRefused, StoreUnavailable."""
    whence, whither = Place.named(source), Place.named(target)
    if whence.identity == whither.identity:
        raise CopyRefused("source and target are the same store")
    codec = Codec(Keyring.read(settings.keys))
    progress = Progress(settings.data_dir, whence, whither)
    with whence.opened(codec, new=False) as ours, whither.opened(codec, new=True) as theirs:
        copied = MoveHouse(ours, theirs)(step, progress.mark, progress.read())
    progress.forget()
    return copied


def _sqlite(path: Path, codec: Codec, *, new: bool) -> tuple[OpenStore, Archive]:
    from adapters.outbound.sqlite.archive import SqliteArchive  # noqa: PLC0415
    from adapters.outbound.sqlite.database import migrate  # noqa: PLC0415
    from adapters.outbound.sqlite.store import SqliteStore  # noqa: PLC0415

    if new:
        migrate(path)
    store = SqliteStore.open(path, codec)
    return store, SqliteArchive(store, codec)


def _mongo(uri: str, codec: Codec, *, new: bool) -> tuple[OpenStore, Archive]:
    from adapters.outbound.mongo.archive import MongoArchive  # noqa: PLC0415
    from adapters.outbound.mongo.database import migrate  # noqa: PLC0415
    from adapters.outbound.mongo.store import MongoStore  # noqa: PLC0415

    if new:
        migrate(uri)
    store = MongoStore.open(uri, codec)
    return store, MongoArchive(store, codec)
