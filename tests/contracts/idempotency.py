"""What every IdempotencyStore promises, whatever it is made of."""

from dataclasses import replace
from functools import partial

import pytest

from application.ports import AlreadyKept
from tests.builders import a_kept, a_start, after
from tests.contracts.stores import THREADS, HandClock, Store, StoreContract, refusals, together


class IdempotencyStoreContract(StoreContract):
    """Answers are kept for as long as they were promised, byte for byte."""

    @pytest.mark.parametrize("secret", [False, True])
    @pytest.mark.parametrize("body", [b"", b"{}", b"\n\n", bytes(range(256))])
    def test_an_answer_comes_back_byte_for_byte(
        self, store: Store, body: bytes, *, secret: bool
    ) -> None:
        kept = a_kept(body=body, secret=secret)
        store.idempotency.keep(kept)
        assert store.idempotency.find(kept.scope) == kept
        assert store.idempotency.find("another scope") is None

    def test_a_key_is_used_once_however_many_ask_at_once(self, store: Store) -> None:
        rivals = [a_kept("k", status=200 + n) for n in range(THREADS)]
        results = together([partial(store.idempotency.keep, rival) for rival in rivals])
        winner = rivals[results.index(None)]
        told = [refusal.kept for refusal in refusals(results) if isinstance(refusal, AlreadyKept)]
        assert told == [winner] * (THREADS - 1)

    def test_an_answer_ends_when_it_expires(self, store: Store, clock: HandClock) -> None:
        kept = a_kept(expires_at=after(60))
        store.idempotency.keep(kept)
        clock.at = after(59.999999)
        assert store.idempotency.find(kept.scope) == kept
        with pytest.raises(AlreadyKept):
            store.payments.save(a_start(), kept)
        clock.at = after(60)
        assert store.idempotency.find(kept.scope) is None
        fresh = replace(kept, body=b"fresh", expires_at=after(120))
        store.payments.save(a_start(), fresh)
        assert store.idempotency.find(kept.scope) == fresh

    def test_forgetting_drops_what_expired_before_and_tells_how_many(self, store: Store) -> None:
        for number in range(5):
            store.idempotency.keep(a_kept(f"k{number}", expires_at=after(60 + number)))
        assert store.idempotency.forget(after(62)) == 2
        assert store.idempotency.forget(after(62)) == 0
        assert store.idempotency.find("k1") is None
        assert store.idempotency.find("k2") is not None
