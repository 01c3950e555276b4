"""What Sequences promise, whatever they are made of."""

from functools import partial

import pytest

from tests.contracts.stores import THREADS, Store, StoreContract, together


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
