"""The search index of a house: at Elasticsearch where one is named, else in a file of its own."""

from adapters.outbound.sqlite.search import SqliteIndex
from application.ports import PaymentIndex
from bootstrap.settings import Settings


def opened_index(settings: Settings) -> PaymentIndex:
    """The index; nothing is asked of its server yet. Raises ValueError for an address of no use."""
    if settings.search_url is None:
        return SqliteIndex(settings.data_dir)
    # Most houses have none: its client takes memory and time.
    from adapters.outbound.search.calls import Server  # noqa: PLC0415
    from adapters.outbound.search.index import ElasticIndex  # noqa: PLC0415

    ca = settings.search_ca_file
    return ElasticIndex(
        Server(
            url=settings.search_url,
            name=settings.search_name,
            api_key=settings.search_api_key,
            ca_file=None if ca is None else str(ca),
            search_within=settings.search_within,
            shards=settings.search_shards,
        )
    )
