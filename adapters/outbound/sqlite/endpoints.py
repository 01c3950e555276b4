"""Webhook endpoints in SQLite."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import final

from adapters.outbound.codec import Codec
from adapters.outbound.plain import instant
from adapters.outbound.sqlite.deliveries import drop_pending
from adapters.outbound.sqlite.idempotency import Keeper
from adapters.outbound.sqlite.readers import Readers
from adapters.outbound.sqlite.remembered import Mark, Remembered
from adapters.outbound.sqlite.writer import Writer
from application.ports import EndpointRepository, Kept, NotFound, StalePayment
from domain.webhook import Endpoint

_ADD = """
INSERT INTO endpoints (version, body, id, merchant_id, livemode, created_at)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_REPLACE = "UPDATE endpoints SET version = ?, body = ? WHERE id = ? AND version = ?"
_GET = "SELECT body FROM endpoints WHERE id = ?"
_VERSIONS = "SELECT id, version FROM endpoints WHERE merchant_id = ? AND livemode = ?"
_DELETE = "DELETE FROM endpoints WHERE id = ?"
_OF_MERCHANT = """
SELECT body FROM endpoints WHERE merchant_id = ? AND livemode = ? ORDER BY created_at, rowid
"""


def still(
    connection: sqlite3.Connection, judged: Mapping[tuple[str, bool], Sequence[Endpoint]]
) -> bool:
    """Whether each owner (merchant, live mode) has these endpoints and no other, as they are."""
    return all(
        dict(connection.execute(_VERSIONS, (merchant_id, int(livemode))).fetchall())
        == {endpoint.id: endpoint.version for endpoint in endpoints}
        for (merchant_id, livemode), endpoints in judged.items()
    )


@final
class SqliteEndpoints(EndpointRepository):
    """Webhook endpoints, their secrets sealed."""

    def __init__(
        self, writer: Writer, readers: Readers, codec: Codec, keeper: Keeper, mark: Mark
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._codec = codec
        self._keeper = keeper
        self._one = Remembered(mark, self._read)
        self._all = Remembered(mark, self._read_all)

    def save(self, endpoint: Endpoint, keep: Kept | None = None) -> None:
        keep_answer = self._keeper.prepare(keep)
        state = (endpoint.version, self._codec.encode_endpoint(endpoint), endpoint.id)
        owner = (endpoint.merchant_id, endpoint.livemode, instant(endpoint.created_at))

        def write(connection: sqlite3.Connection) -> None:
            keep_answer(connection)
            if endpoint.version == 1:
                written = connection.execute(_ADD, (*state, *owner)).rowcount
            else:
                written = connection.execute(_REPLACE, (*state, endpoint.version - 1)).rowcount
            if not written:
                raise StalePayment

        self._change(write)

    def get(self, endpoint_id: str) -> Endpoint:
        return self._one(endpoint_id)

    def _read(self, endpoint_id: str) -> Endpoint:
        row = self._readers.row(_GET, (endpoint_id,))
        if row is None:
            raise NotFound
        return self._codec.decode_endpoint(row[0])

    def delete(self, endpoint_id: str) -> None:
        now = self._keeper.now()

        def write(connection: sqlite3.Connection) -> None:
            if not connection.execute(_DELETE, (endpoint_id,)).rowcount:
                raise NotFound
            drop_pending(connection, endpoint_id, "endpoint deleted", now)

        self._change(write)

    def of_merchant(self, merchant_id: str, *, livemode: bool) -> Sequence[Endpoint]:
        return self._all((merchant_id, livemode))

    def _change(self, write: Callable[[sqlite3.Connection], None]) -> None:
        try:
            self._writer.write(write)
        finally:
            self._one.forget()
            self._all.forget()

    def _read_all(self, owner: tuple[str, bool]) -> Sequence[Endpoint]:
        rows = self._readers.rows(_OF_MERCHANT, owner)
        return [self._codec.decode_endpoint(body) for (body,) in rows]
