"""Webhook endpoints in memory."""

from collections.abc import Sequence
from typing import final

from adapters.outbound.memory.state import State
from application.ports import EndpointRepository, Kept, NotFound, StalePayment
from domain.webhook import Endpoint


@final
class MemoryEndpoints(EndpointRepository):
    """Webhook endpoints."""

    def __init__(self, state: State) -> None:
        self._state = state

    def save(self, endpoint: Endpoint, keep: Kept | None = None) -> None:
        self._state.write(lambda: self._save(endpoint, keep))

    def get(self, endpoint_id: str) -> Endpoint:
        with self._state.lock:
            try:
                return self._state.endpoints[endpoint_id]
            except KeyError:
                raise NotFound from None

    def delete(self, endpoint_id: str) -> None:
        self._state.write(lambda: self._delete(endpoint_id))

    def of_merchant(self, merchant_id: str, *, livemode: bool) -> Sequence[Endpoint]:
        with self._state.lock:
            return self._state.endpoints_of(merchant_id, livemode)

    # -- one write -------------------------------------------------------------------------------

    def _save(self, endpoint: Endpoint, keep: Kept | None) -> None:
        self._state.judge_kept(keep)
        known = self._state.endpoints.get(endpoint.id)
        if endpoint.version != (1 if known is None else known.version + 1):
            raise StalePayment
        self._state.endpoints[endpoint.id] = endpoint
        self._state.keep(keep)

    def _delete(self, endpoint_id: str) -> None:
        if self._state.endpoints.pop(endpoint_id, None) is None:
            raise NotFound
        waiting = self._state.pending.get(endpoint_id)
        for id_ in waiting.names() if waiting else ():
            gone = self._state.deliveries[id_].drop("endpoint deleted", self._state.now())
            self._state.put_delivery(gone)
