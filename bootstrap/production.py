"""The production house: MongoDB, Redis and Elasticsearch, and any number of processes."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from application.ports import StoreUnavailable
from bootstrap.house import House
from bootstrap.settings import Settings

_NOT_YET = "LUNAS_STORE=mongodb is not built into this version: use sqlite"


def opened(settings: Settings, role: str) -> AbstractContextManager[House]:
    """Refused for now."""
    raise StoreUnavailable(_NOT_YET)


def worker_place(settings: Settings) -> AbstractContextManager[None]:
    """There is a place for every worker."""
    return nullcontext()


def check(settings: Settings) -> None:
    """Refused for now."""
    raise StoreUnavailable(_NOT_YET)


def plan(settings: Settings) -> Sequence[str]:
    """Refused for now."""
    raise StoreUnavailable(_NOT_YET)


def prepare(settings: Settings) -> Sequence[str]:
    """Refused for now."""
    raise StoreUnavailable(_NOT_YET)
