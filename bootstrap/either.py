"""Whichever house the settings name: the same few doors into the embedded and the production one.

A house is imported when it is asked for: the embedded one needs no driver of a server.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from adapters.outbound.codec import Codec
from bootstrap.house import House
from bootstrap.means import Store
from bootstrap.settings import Settings, StoreKind


class Kind(Protocol):
    """What a module that assembles a house offers."""

    def opened(self, settings: Settings, role: str) -> AbstractContextManager[House]:
        """Open the house; raises what `house.assembled` raises."""

    def worker_place(self, settings: Settings) -> AbstractContextManager[None]:
        """Hold a worker's place while the block lasts; raises StoreUnavailable if there is none."""

    def store(self, settings: Settings, codec: Codec) -> Store:
        """The store alone; raises StoreUnavailable."""

    def check(self, settings: Settings) -> None:
        """See that the house can be opened, and leave it; raises StoreUnavailable."""

    def plan(self, settings: Settings) -> Sequence[str]:
        """What `prepare` would do."""

    def prepare(self, settings: Settings) -> Sequence[str]:
        """Lay what a start needs; tells what was done. Repeatable."""


def kind(settings: Settings) -> Kind:
    """The house that these settings name."""
    if settings.store is StoreKind.MONGODB:
        from bootstrap import production  # noqa: PLC0415 - see above

        return production
    from bootstrap import embedded  # noqa: PLC0415 - see above

    return embedded


def opened(settings: Settings, role: str) -> AbstractContextManager[House]:
    """The house that these settings name, open; raises what `house.assembled` raises."""
    return kind(settings).opened(settings, role)


def prepare(settings: Settings) -> Sequence[str]:
    """Lay what its start needs; tells what was done. Repeatable."""
    return kind(settings).prepare(settings)
