"""What every Directory promises, whatever it is made of."""

from dataclasses import replace

import pytest

from application.ports import NotFound
from domain.errors import InvalidValue
from tests.builders import MERCHANT, a_client, a_merchant, after
from tests.contracts.stores import Store, StoreContract


class DirectoryContract(StoreContract):
    """Merchants and their API clients."""

    def test_merchants_come_oldest_first(self, store: Store) -> None:
        newer, older = a_merchant(created_at=after(2)), a_merchant(created_at=after(1))
        store.directory.add_merchant(newer)
        store.directory.add_merchant(older)
        assert store.directory.merchants() == [older, newer]

    def test_the_same_merchant_or_client_is_not_added_twice(self, store: Store) -> None:
        merchant, client = a_merchant(), a_client()
        store.directory.add_merchant(merchant)
        store.directory.add_client(client)
        with pytest.raises(InvalidValue):
            store.directory.add_merchant(replace(merchant, name="another"))
        with pytest.raises(InvalidValue):
            store.directory.add_client(replace(client, name="another"))
        with pytest.raises(InvalidValue):
            store.directory.add_client(a_client(key_sha256=client.key_sha256))
        assert store.directory.merchants() == [merchant]
        assert store.directory.clients() == [client]

    def test_clients_are_listed_by_merchant_or_all(self, store: Store) -> None:
        other = a_client(merchant_id="mer_2", created_at=after(2), livemode=True)
        mine = a_client(created_at=after(1))
        store.directory.add_client(other)
        store.directory.add_client(mine)
        assert store.directory.clients() == [mine, other]
        assert store.directory.clients(MERCHANT) == [mine]
        assert list(store.directory.clients("mer_3")) == []

    def test_a_client_is_found_by_its_key_revoked_or_not(self, store: Store) -> None:
        client = a_client()
        store.directory.add_client(client)
        assert store.directory.client_by_key(client.key_sha256) == client
        store.directory.revoke_client(client.id, after(1))
        store.directory.revoke_client(client.id, after(2))
        assert store.directory.client_by_key(client.key_sha256).revoked_at == after(1)
        with pytest.raises(NotFound):
            store.directory.client_by_key("0" * 64)
        with pytest.raises(NotFound):
            store.directory.revoke_client("cli_0", after(1))
