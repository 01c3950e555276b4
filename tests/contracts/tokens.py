"""What KeptTokens promise, whatever they are made of."""

from dataclasses import replace
from functools import partial

import pytest

from application.ports import KeptToken, StoreUnavailable, Token, TokenKey, WriteUnconfirmed
from tests.builders import MERCHANT, NOON, after
from tests.contracts.stores import THREADS, Accidents, Store, StoreContract, together

KEY = TokenKey("ovo_qris", MERCHANT, livemode=False, client="client-1")
TOKEN = Token("access-canary", NOON, after(900), "refresh-canary", after(9_000))


class KeptTokensContract(StoreContract):
    """The tokens of all processes."""

    def test_a_token_comes_back_with_everything_about_it(self, store: Store) -> None:
        assert store.tokens.get(KEY) is None
        kept = KeptToken(KEY, 1, TOKEN, after(7), after(1), 3, after(2))
        assert store.tokens.put(kept)
        assert store.tokens.get(KEY) == kept
        bare = KeptToken(KEY, 2, replace(TOKEN, refresh=None, refresh_ends_at=None))
        assert store.tokens.put(bare)
        assert store.tokens.get(KEY) == bare
        assert store.tokens.put(KeptToken(KEY, 3))
        assert store.tokens.get(KEY) == KeptToken(KEY, 3)

    def test_everything_that_names_it_tells_it_from_others(self, store: Store) -> None:
        keys = [
            KEY,
            replace(KEY, provider="ovo_snap"),
            replace(KEY, merchant_id="mer_2"),
            replace(KEY, livemode=True),
            replace(KEY, client="client-2"),
            replace(KEY, customer="link_1"),
        ]
        for number, key in enumerate(keys):
            assert store.tokens.put(KeptToken(key, 1, replace(TOKEN, access=f"access-{number}")))
        for number, key in enumerate(keys):
            kept = store.tokens.get(key)
            assert kept is not None
            assert kept.token is not None
            assert kept.token.access == f"access-{number}"

    def test_only_the_version_after_the_last_is_put(self, store: Store) -> None:
        assert not store.tokens.put(KeptToken(KEY, 2, TOKEN))
        assert store.tokens.get(KEY) is None
        assert store.tokens.put(KeptToken(KEY, 1))
        for version in (1, 3):
            assert not store.tokens.put(KeptToken(KEY, version, TOKEN))
        assert store.tokens.get(KEY) == KeptToken(KEY, 1)

    @pytest.mark.parametrize("known", [0, 1])
    def test_one_of_many_claims_at_once_is_had(self, store: Store, known: int) -> None:
        for version in range(1, known + 1):
            assert store.tokens.put(KeptToken(KEY, version, TOKEN))
        claims = [
            KeptToken(KEY, known + 1, TOKEN, claimed_until=after(number))
            for number in range(THREADS)
        ]
        told = together([partial(store.tokens.put, claim) for claim in claims])
        assert sorted(map(bool, told)) == [False] * (THREADS - 1) + [True]
        assert store.tokens.get(KEY) == claims[told.index(True)]

    def test_what_was_dropped_is_gone_and_begins_anew(self, store: Store) -> None:
        store.tokens.drop(KEY)
        for version in (1, 2):
            assert store.tokens.put(KeptToken(KEY, version, TOKEN))
        store.tokens.drop(KEY)
        assert store.tokens.get(KEY) is None
        assert not store.tokens.put(KeptToken(KEY, 3, TOKEN))
        assert store.tokens.put(KeptToken(KEY, 1, TOKEN))

    def test_a_put_that_fails_or_is_not_acknowledged_is_told(
        self, store: Store, accidents: Accidents
    ) -> None:
        accidents.fail()
        with pytest.raises(StoreUnavailable):
            store.tokens.put(KeptToken(KEY, 1, TOKEN))
        accidents.stop()
        assert store.tokens.get(KEY) is None
        accidents.lose_acknowledgements()
        with pytest.raises(WriteUnconfirmed):
            store.tokens.put(KeptToken(KEY, 1, TOKEN))
        accidents.stop()
        assert store.tokens.get(KEY) == KeptToken(KEY, 1, TOKEN)
