"""Claiming questions: the oldest first, but half of the room for the newest."""

from collections.abc import Sequence

import pytest

from application.resolve_payments import Asking
from domain.follow_up import QuestionKind
from domain.outcome import Doubt, Unknown
from domain.payment import Payment
from domain.settling import Knowledge
from tests.memory_house import OVO, MemoryHouse


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


def unknown(house: MemoryHouse, count: int) -> list[str]:
    """So many payments of which the wallet says nothing, each a second after the one before."""
    found = []
    for number in range(count):
        house.clock.move(1)
        house.start(f"order-{number}")
        payment = house.claim()
        known = Knowledge(house.clock.at, OVO.rules, house.new_id)
        change = payment.record(payment.attempts[0].id, Unknown(Doubt.SILENCE), known=known)
        assert change
        house.store.payments.save(change)
        found.append(payment.id)
    return found


def order_of(askings: list[Asking], ids: list[str]) -> list[int]:
    return sorted(ids.index(asking.payment.id) for asking in askings)


def test_where_there_is_room_for_all_all_are_asked(house: MemoryHouse) -> None:
    ids = unknown(house, 5)
    askings = list(house.core.resolve()(10))
    assert order_of(askings, ids) == [0, 1, 2, 3, 4]
    assert {asking.question.kind for asking in askings} == {QuestionKind.CHECK}


def test_half_of_the_room_is_the_newests(house: MemoryHouse) -> None:
    """Whoever waits in front of a phone now must not wait for a thousand old ones."""
    ids = unknown(house, 12)
    assert order_of(list(house.core.resolve()(6)), ids) == [0, 1, 2, 9, 10, 11]
    assert order_of(list(house.core.resolve()(6)), ids) == [3, 4, 5, 6, 7, 8]
    assert list(house.core.resolve()(6)) == []


def test_room_for_one_is_the_oldests(house: MemoryHouse) -> None:
    ids = unknown(house, 3)
    assert order_of(list(house.core.resolve()(1)), ids) == [0]


def test_what_is_being_asked_is_not_asked_twice(house: MemoryHouse) -> None:
    unknown(house, 2)
    assert len(list(house.core.resolve()(10))) == 2
    assert list(house.core.resolve()(10)) == []


def test_a_question_is_written_before_it_is_handed_out(house: MemoryHouse) -> None:
    unknown(house, 1)
    (asking,) = house.core.resolve()(10)
    stored = house.get(asking.payment)
    assert stored == asking.payment
    assert stored.attempts[0].follow_up.open == asking.question


def test_a_question_that_could_not_be_written_is_not_asked(house: MemoryHouse) -> None:
    """Somebody was quicker between the look and the write."""
    ids = unknown(house, 2)
    core = house.core

    def outrun(payments: Sequence[Payment]) -> Sequence[Payment]:
        house.store.payments.save(payments[0].rest(until=house.clock.at, at=house.clock.at))
        return payments

    resolve = core.resolve()
    real = resolve._due
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(resolve), "_due", lambda _, room: outrun(real(room)))
        assert order_of(list(resolve(10)), ids) == [1]
