"""What is said in other words on the way to the compiler has the same sense."""

import ast
import types
from typing import Any

import pytest

from simulation.native.leaner import copies_in
from simulation.native.prepare import prepared

SAMPLE = """
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Self

from domain.copying import replace

@dataclass(frozen=True, slots=True)
class Card:
    number: int
    notes: tuple[str, ...] = field(default_factory=tuple)
    due: timedelta = timedelta(seconds=1)

    @classmethod
    def first(cls) -> Self:
        return cls(1)

FEW, MANY = 3, 9

class Deck:
    def __init__(self) -> None:
        self._lock = Lock()
        self.cards: list[Card] = []

    def add(self, card: Card) -> Card:
        with self._lock:
            self.cards.append(card)
            return self.cards[-1]

    def first(self) -> Card | None:
        with suppress(IndexError, KeyError):
            return self.cards[0]
        return None

    def numbered(self, names: list[str]) -> list[tuple[str, int]]:
        cards = self.cards
        return [(name, card.number) for name, card in zip(names, cards, strict=True)]

    def later(self, names: list[str]) -> partial[list[tuple[str, int]]]:
        return partial(self.numbered, names=names[:MANY])

    def changed(self, place: int) -> Card:
        card = replace(self.cards[place], number=7)
        return replace(replace(card, due=timedelta(minutes=1), notes=("x",)), **{"number": 8})
"""


def compiled(source: str = SAMPLE, **how: Any) -> Any:
    """The sample as it is compiled, run as it is, and its text."""
    module: Any = types.ModuleType("sample")
    copies = copies_in(ast.parse(source))
    module.text = prepared(source, {}, copies=copies, **how)
    exec(module.text.replace("domain.copying", "simulation.native.copying"), module.__dict__)
    return module


def test_nobody_waits_for_a_lock_in_a_world() -> None:
    sample = compiled(asks_for_fields=False)
    assert "with " not in sample.text
    deck = sample.Deck()
    with deck._lock:  # held for ever by somebody else: nobody looks
        assert deck.add(sample.Card(1)) == sample.Card(1)


def test_what_is_suppressed_is_suppressed_and_nothing_else() -> None:
    deck = compiled(asks_for_fields=False).Deck()
    assert deck.first() is None
    deck.cards = None
    with pytest.raises(TypeError):
        deck.first()


def test_a_lock_that_has_a_name_is_left_alone() -> None:
    text = prepared("with lock.lock as held:\n    pass\n", {}, asks_for_fields=False)
    assert "with lock.lock as held" in text


@pytest.mark.parametrize("asks_for_fields", [False, True])
def test_copies_are_made_by_methods_of_their_own(asks_for_fields: bool) -> None:
    sample = compiled(asks_for_fields=asks_for_fields)
    assert "self.cards[place].__with_number__(7)" in sample.text
    assert "card.__with_due_and_notes__(timedelta(minutes=1), ('x',))" in sample.text
    deck = sample.Deck()
    deck.add(sample.Card(1, ("old",)))
    changed = deck.changed(0)
    assert (changed.number, changed.notes, changed.due) == (8, ("x",), sample.timedelta(minutes=1))
    assert deck.cards == [sample.Card(1, ("old",))]


def test_a_class_without_heirs_makes_its_own() -> None:
    sample = compiled(asks_for_fields=False)
    assert "def first(cls) -> 'Card':\n        return Card(1)" in sample.text
    assert sample.Card.first() == sample.Card(1)
    assert "return cls(1)" in compiled(asks_for_fields=True).text


def test_pairs_are_judged_before_they_are_made() -> None:
    sample = compiled(asks_for_fields=False)
    assert "in zip(names, _as_long_as(names, cards))" in sample.text
    deck = sample.Deck()
    deck.add(sample.Card(7))
    assert deck.later(["seven"])() == [("seven", 7)]
    with pytest.raises(ValueError, match="2 of the one and 1 of the other"):
        deck.numbered(["seven", "eight"])
    twice = "pairs = zip(one(), two(), strict=True)"
    assert twice in prepared(f"{twice}\n", {}, asks_for_fields=False)


def test_pythons_own_functions_and_what_is_constant_are_looked_up_once() -> None:
    text = compiled(asks_for_fields=False).text
    assert "_partial_: _Final[_Any] = partial" in text
    assert "return _partial_(self.numbered, names=names[:MANY])" in text
    assert "FEW: _Final = 3\nMANY: _Final = 9" in text


def test_times_are_those_that_count_microseconds() -> None:
    assert (
        "from simulation.native.times import datetime, timedelta"
        in compiled(asks_for_fields=False).text
    )


def test_only_frozen_values_are_kept_from_the_garbage_collector() -> None:
    once = "@_mypyc_attr(acyclic=True)\nclass Card"
    assert once in compiled(asks_for_fields=False, values=True).text
    assert once not in compiled(asks_for_fields=False).text
    may_change = SAMPLE.replace("frozen=True, ", "")
    assert once not in compiled(may_change, asks_for_fields=False, values=True).text
    of_another = SAMPLE.replace("class Card:", "class Card(Exception):")
    assert once not in prepared(of_another, {}, asks_for_fields=False, values=True)
