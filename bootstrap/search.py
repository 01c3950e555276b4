"""The search index of a house: at Elasticsearch where one is named, else in a file of its own."""

from typing import TYPE_CHECKING

from adapters.outbound.sqlite.search import SqliteIndex
from application.ports import PaymentIndex
from bootstrap.settings import Settings

if TYPE_CHECKING:
    from adapters.outbound.search.calls import Server


def opened_index(settings: Settings) -> PaymentIndex:
    """The index; nothing is asked of its server yet. Raises ValueError for an address of no use."""
    named = server(settings)
    if named is None:
        return SqliteIndex(settings.data_dir)
    from adapters.outbound.search.index import ElasticIndex  # noqa: PLC0415 - see below

    return ElasticIndex(named)


def can_be_asked(settings: Settings) -> bool:
    """Whether to ask the index makes nothing: a file that is not there yet, the worker makes."""
    return settings.search_url is not None or SqliteIndex.file_in(settings.data_dir).exists()


def server(settings: Settings) -> "Server | None":
    """Where Elasticsearch is; None for a house that has none."""
    if settings.search_url is None:
        return None
    # Most houses have none: its client takes memory and time.
    from adapters.outbound.search.calls import Server  # noqa: PLC0415

    ca = settings.search_ca_file
    return Server(
        url=settings.search_url,
        name=settings.search_name,
        api_key=settings.search_api_key,
        ca_file=None if ca is None else str(ca),
        search_within=settings.search_within,
        shards=settings.search_shards,
    )
