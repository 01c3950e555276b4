"""What every AccountRepository promises, whatever it is made of."""

from dataclasses import replace

import pytest

from application.ports import NotFound
from tests.builders import MERCHANT, a_stop, an_account
from tests.contracts.stores import Store, StoreContract


class AccountRepositoryContract(StoreContract):
    """Merchants' accounts at providers."""

    def test_an_account_comes_back_and_is_replaced(self, store: Store) -> None:
        account = an_account()
        for version in (account, replace(account, stopped=a_stop()), account):
            store.accounts.save(version)
            assert store.accounts.get(MERCHANT, "ovo", livemode=False) == version

    def test_merchant_provider_and_mode_name_an_account(self, store: Store) -> None:
        store.accounts.save(an_account())
        for merchant_id, provider, live in (
            ("mer_2", "ovo", False),
            (MERCHANT, "gopay", False),
            (MERCHANT, "ovo", True),
        ):
            with pytest.raises(NotFound):
                store.accounts.get(merchant_id, provider, livemode=live)

    def test_a_stop_changes_nothing_else_of_what_is_there(self, store: Store) -> None:
        account = an_account()
        store.accounts.save(account)
        assert store.accounts.set_stop(account, a_stop())
        stopped = store.accounts.get(MERCHANT, "ovo", livemode=False)
        assert stopped == replace(account, stopped=a_stop())
        assert store.accounts.stopped("ovo") == [stopped]
        assert store.accounts.set_stop(account, None)
        assert store.accounts.get(MERCHANT, "ovo", livemode=False) == account
        assert list(store.accounts.stopped("ovo")) == []

    def test_a_stop_speaks_of_the_credentials_that_were_read(self, store: Store) -> None:
        read = an_account()
        assert not store.accounts.set_stop(read, a_stop()), "there is none"
        store.accounts.save(read)
        mended = replace(read, credentials={**read.credentials, "tid": "another"})
        store.accounts.save(mended)
        assert not store.accounts.set_stop(read, a_stop())
        assert store.accounts.get(MERCHANT, "ovo", livemode=False) == mended

    def test_the_stopped_ones_of_a_provider_are_told(self, store: Store) -> None:
        stopped = an_account(stopped=a_stop())
        elsewhere = an_account(provider="gopay", stopped=a_stop())
        for account in (an_account(merchant_id="mer_2"), stopped, elsewhere):
            store.accounts.save(account)
        assert store.accounts.stopped("ovo") == [stopped]
        store.accounts.save(replace(stopped, stopped=None))
        assert list(store.accounts.stopped("ovo")) == []
