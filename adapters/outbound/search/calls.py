"""The calls to Elasticsearch: bounded, made once, and refused in our words."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import final

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, TransportError
from elastic_transport.client_utils import DEFAULT
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from application.ports import IndexUnavailable

PUT_WITHIN = timedelta(seconds=5)
"""How long a batch of copies may take."""
CHANGE_WITHIN = timedelta(seconds=30)
"""How long the making of an index, or its taking over, may take."""
LEFT_ALONE_FOR = timedelta(seconds=1)
"""After a search that found nobody, the next ones are refused at once: each would hold a thread."""
MOST_CONNECTIONS = 8
TOO_MUCH = 429
"""Its heap is short, or its queues are full: it has done nothing, and may be asked later."""


class IndexBusy(IndexUnavailable):
    """Elasticsearch asks for less just now; what was refused may be asked again a little later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where Elasticsearch is, and who we are there; `search_within` is how long a search may take.

    `name` begins the name of every index of this house: several may share a cluster.
    """

    url: str
    name: str = "lunas-payments"
    api_key: str | None = None
    ca_file: str | None = None
    search_within: timedelta = timedelta(seconds=2)
    shards: int = 1


def connected(server: Server) -> Elasticsearch:
    """A client that retries nothing: whoever asks knows better what to do then."""
    return Elasticsearch(
        server.url,
        api_key=server.api_key,
        request_timeout=PUT_WITHIN.total_seconds(),
        max_retries=0,
        retry_on_timeout=False,
        connections_per_node=MOST_CONNECTIONS,
        ca_certs=DEFAULT if server.ca_file is None else server.ca_file,
    )


@contextmanager
def refusing() -> Iterator[None]:
    """Have what fails in the body raise IndexUnavailable, or IndexBusy where it may be repeated.

    NotFoundError is left to its caller.
    """
    try:
        yield
    except NotFoundError:
        raise
    except ApiError as refused:
        # Its text may repeat what was sent: only the kind of the refusal is told.
        kind = IndexBusy if refused.status_code == TOO_MUCH else IndexUnavailable
        raise kind(f"Elasticsearch refused: {refused.error}") from None
    except TransportError as away:
        raise IndexUnavailable(f"Elasticsearch is away: {type(away).__name__}") from None


@final
class Fuse:
    """Leaves a server alone for a moment after nobody was there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Raise IndexUnavailable at once within that moment; remember an absence in the body."""
        if self._clock() < self._until:
            raise IndexUnavailable("Elasticsearch was away a moment ago")
        try:
            yield
        except (NoConnection, ConnectionTimeout):
            self._until = self._clock() + LEFT_ALONE_FOR.total_seconds()
            raise
