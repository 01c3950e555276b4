"""Names that are never given out twice."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from adapters.outbound.ovo.references import (
    BATCH_SIZE,
    OvoReferences,
    ReferencesExhausted,
    batch_and_reference,
    merchant_invoice,
    reference_scope,
)
from application.ports import StoreUnavailable
from domain.attempt import References
from domain.errors import InvalidValue
from domain.ids import IdKind, new_id
from domain.merchant import ProviderAccount
from tests.unit.cases import for_each
from tests.unit.ovo.builders import ATTEMPT, MemorySequences, an_account

_ids = count()


def an_attempt() -> str:
    return new_id(IdKind.ATTEMPT, 1_795_403_730_000, next(_ids).to_bytes(10))


def numbers(references: References) -> tuple[str | int, str | int]:
    return references.shown["batch_no"], references.shown["reference_no"]


def test_the_first_is_one_of_batch_one_and_the_next_are_next() -> None:
    allocator = OvoReferences(MemorySequences())
    given = [numbers(allocator.next(an_account(), an_attempt())) for _ in range(3)]
    assert given == [(1, 1), (1, 2), (1, 3)]


def test_what_people_see_and_what_the_store_must_never_hold_twice() -> None:
    invoice = merchant_invoice(ATTEMPT)
    assert OvoReferences(MemorySequences()).next(an_account(), ATTEMPT) == References(
        shown={"batch_no": 1, "reference_no": 1, "merchant_invoice": invoice},
        unique=(
            "ovo:test:00300001:0010000000TM001:1:1",
            f"ovo:test:00300001:0010000000TM001:invoice:{invoice}",
        ),
    )


def test_the_invoice_is_neutral_and_fits() -> None:
    invoice = merchant_invoice(ATTEMPT)
    assert invoice.startswith("LN-")
    assert len(invoice) == 29
    assert set(invoice) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
    with pytest.raises(InvalidValue):
        merchant_invoice("att_short")


@for_each(
    ("number", "pair"),
    [
        (0, (1, 1)),
        (BATCH_SIZE - 2, (1, 999_998)),
        (BATCH_SIZE - 1, (1, 999_999)),
        (BATCH_SIZE, (2, 1)),
        (BATCH_SIZE * 999_998 + 999_998, (999_999, 999_999)),
    ],
)
def test_a_full_batch_is_followed_by_the_next(number: int, pair: tuple[int, int]) -> None:
    assert batch_and_reference(number) == pair


def test_after_the_last_batch_there_is_a_clear_end() -> None:
    with pytest.raises(ReferencesExhausted):
        batch_and_reference(BATCH_SIZE * 999_999)


def test_a_block_is_taken_at_a_time_and_rises_within_it() -> None:
    sequences = MemorySequences()
    allocator = OvoReferences(sequences, block=10)
    given = [allocator.next(an_account(), an_attempt()).shown["reference_no"] for _ in range(21)]
    assert given == list(range(1, 22))
    assert sequences.taken == [("ovo:test:00300001:0010000000TM001", 10)] * 3


def test_two_processes_never_share_a_number() -> None:
    sequences = MemorySequences()
    first, second = OvoReferences(sequences, block=7), OvoReferences(sequences, block=5)
    given = [
        one.next(an_account(), an_attempt()).unique[0] for _ in range(40) for one in (first, second)
    ]
    assert len(set(given)) == len(given)


def test_a_restarted_process_leaves_a_gap_and_never_goes_back() -> None:
    sequences = MemorySequences()
    OvoReferences(sequences, block=100).next(an_account(), an_attempt())
    again = OvoReferences(sequences, block=100).next(an_account(), an_attempt())
    assert numbers(again) == (1, 101)


def test_a_block_may_lie_across_two_batches() -> None:
    sequences = MemorySequences()
    sequences.next[reference_scope(an_account())] = BATCH_SIZE - 1
    allocator = OvoReferences(sequences, block=3)
    given = [numbers(allocator.next(an_account(), an_attempt())) for _ in range(2)]
    assert given == [(1, 999_999), (2, 1)]


def test_after_a_restored_backup_a_new_batch_begins() -> None:
    sequences = MemorySequences()
    OvoReferences(sequences).next(an_account(), an_attempt())
    sequences.skip(BATCH_SIZE)
    assert numbers(OvoReferences(sequences).next(an_account(), an_attempt())) == (2, 1)


def test_merchants_that_share_a_terminal_share_its_sequence() -> None:
    allocator = OvoReferences(MemorySequences())
    one, other = an_account(), an_account(merchant_id="200002", store_code="OTHER")
    assert numbers(allocator.next(one, an_attempt())) == (1, 1)
    assert numbers(allocator.next(other, an_attempt())) == (1, 2)


@pytest.mark.parametrize(
    "other", [an_account(livemode=True), an_account(tid="00300002"), an_account(mid="M2")]
)
def test_another_terminal_or_mode_has_its_own(other: ProviderAccount) -> None:
    allocator = OvoReferences(MemorySequences())
    first = allocator.next(an_account(), an_attempt())
    second = allocator.next(other, an_attempt())
    assert numbers(first) == numbers(second) == (1, 1)
    assert first.unique[0] != second.unique[0]


class SlowSequences(MemorySequences):
    def take(self, scope: str, count: int) -> int:
        time.sleep(0.0002)  # long enough for every other thread to find the block used up, too
        return super().take(scope, count)


def test_threads_never_share_a_number_nor_lose_one() -> None:
    sequences = SlowSequences()
    allocator = OvoReferences(sequences, block=3)
    with ThreadPoolExecutor(16) as pool:
        attempts = [an_attempt() for _ in range(600)]
        given = list(pool.map(lambda attempt: allocator.next(an_account(), attempt), attempts))
    assert sorted(numbers(one) for one in given) == [(1, n) for n in range(1, 601)]
    assert len({key for one in given for key in one.unique}) == 1_200


class AwaySequences(MemorySequences):
    away = True

    def take(self, scope: str, count: int) -> int:
        if self.away:
            raise StoreUnavailable
        return super().take(scope, count)


def test_a_store_that_is_away_costs_nothing() -> None:
    sequences = AwaySequences()
    allocator = OvoReferences(sequences)
    with pytest.raises(StoreUnavailable):
        allocator.next(an_account(), an_attempt())
    sequences.away = False
    assert numbers(allocator.next(an_account(), an_attempt())) == (1, 1)


def test_a_bad_attempt_or_account_uses_no_number() -> None:
    sequences = MemorySequences()
    allocator = OvoReferences(sequences)
    for account, attempt in ((an_account(), "att_x"), (an_account(tid="a b"), an_attempt())):
        with pytest.raises(InvalidValue):
            allocator.next(account, attempt)
    assert sequences.taken == []


@pytest.mark.parametrize("block", [0, -1, BATCH_SIZE + 1])
def test_a_block_has_a_sensible_size(block: int) -> None:
    with pytest.raises(ValueError, match="block"):
        OvoReferences(MemorySequences(), block=block)
