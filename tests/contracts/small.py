"""What the small stores promise: counters, signs of life, kept answers."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from application.ports import AlreadyKept, Heartbeat
from tests.builders import NOON, a_heartbeat, a_kept, a_start, after
from tests.contracts.stores import THREADS, HandClock, Store, StoreContract, refusals, together


class SequencesContract(StoreContract):
    """Counters never give a number twice."""

    def test_each_scope_counts_from_zero(self, store: Store) -> None:
        assert [store.sequences.take("a", 3), store.sequences.take("a", 1)] == [0, 3]
        assert store.sequences.take("b", 1) == 0

    def test_no_number_is_given_twice_however_many_ask_at_once(self, store: Store) -> None:
        firsts = together([partial(store.sequences.take, "a", 3)] * THREADS)
        assert sorted(map(repr, firsts)) == sorted(repr(3 * n) for n in range(THREADS))

    def test_a_number_is_never_taken_for_nothing(self, store: Store) -> None:
        with pytest.raises(ValueError, match="at least one"):
            store.sequences.take("a", 0)
        with pytest.raises(ValueError, match="at least 1"):
            store.sequences.skip(0)

    def test_skipping_moves_every_counter_to_a_multiple_it_has_not_reached(
        self, store: Store
    ) -> None:
        store.sequences.take("a", 1)
        store.sequences.take("b", 100)
        store.sequences.take("c", 101)
        assert store.sequences.skip(100) == 3
        assert [store.sequences.take(scope, 1) for scope in "abcd"] == [100, 200, 200, 0]


class HeartbeatsContract(StoreContract):
    """Which workers live."""

    def test_the_latest_beat_of_each_worker_counts(self, store: Store) -> None:
        troubled = Heartbeat("worker-1", after(5), "the clock is off")
        for beat in (a_heartbeat(), a_heartbeat("worker-2"), troubled):
            store.heartbeats.beat(beat)
        assert store.heartbeats.alive(NOON) == [troubled, a_heartbeat("worker-2")]
        assert store.heartbeats.alive(after(5)) == [troubled]
        assert list(store.heartbeats.alive(after(5.000001))) == []

    def test_a_worker_silent_for_days_is_forgotten(self, store: Store) -> None:
        store.heartbeats.beat(a_heartbeat())
        later = a_heartbeat("worker-2", NOON + timedelta(days=2))
        store.heartbeats.beat(later)
        assert store.heartbeats.alive(NOON - timedelta(days=9)) == [later]

    def test_now_is_the_stores_clock(self, store: Store, clock: HandClock) -> None:
        assert store.heartbeats.now() == NOON
        clock.move(timedelta(seconds=1))
        assert store.heartbeats.now() == after(1)


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
