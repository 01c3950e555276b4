"""The container library, without the frameworks that it would take along."""

from bootstrap.lean import TAKEN_BY_THE_CONTAINER, kept_out

with kept_out(*TAKEN_BY_THE_CONTAINER):
    from dependency_injector import containers, providers

__all__ = ["containers", "providers"]
