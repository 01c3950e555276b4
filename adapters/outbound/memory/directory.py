"""Merchants and API clients in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import final

from adapters.outbound.memory.state import State
from application.ports import Directory, NotFound
from domain.errors import InvalidValue
from domain.merchant import ApiClient, Merchant


@final
class MemoryDirectory(Directory):
    """Who may ask, and for whom."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_merchant(self, merchant: Merchant) -> None:
        self._state.write(lambda: self._add_merchant(merchant))

    def merchants(self) -> Sequence[Merchant]:
        with self._state.lock:
            return sorted(self._state.merchants.values(), key=lambda merchant: merchant.created_at)

    def add_client(self, client: ApiClient) -> None:
        self._state.write(lambda: self._add_client(client))

    def clients(self, merchant_id: str | None = None) -> Sequence[ApiClient]:
        with self._state.lock:
            found = [
                c for c in self._state.clients.values() if merchant_id in {None, c.merchant_id}
            ]
        return sorted(found, key=lambda client: client.created_at)

    def client_by_key(self, key_sha256: str) -> ApiClient:
        with self._state.lock:
            for client in self._state.clients.values():
                if client.key_sha256 == key_sha256:
                    return client
        raise NotFound

    def revoke_client(self, client_id: str, at: datetime) -> None:
        self._state.write(lambda: self._revoke(client_id, at))

    # -- one write -------------------------------------------------------------------------------

    def _add_merchant(self, merchant: Merchant) -> None:
        if merchant.id in self._state.merchants:
            raise InvalidValue("merchant", "exists already")
        self._state.merchants[merchant.id] = merchant

    def _add_client(self, client: ApiClient) -> None:
        known = self._state.clients.values()
        if any(client.id == c.id or client.key_sha256 == c.key_sha256 for c in known):
            raise InvalidValue("client", "exists already, or has the key of another")
        self._state.clients[client.id] = client

    def _revoke(self, client_id: str, at: datetime) -> None:
        client = self._state.clients.get(client_id)
        if client is None:
            raise NotFound
        if client.revoked_at is None:
            self._state.clients[client_id] = replace(client, revoked_at=at)
