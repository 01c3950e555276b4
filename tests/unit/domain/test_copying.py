"""A quick copy is the copy that dataclasses would have made."""

import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from domain.copying import quick, replace
from domain.follow_up import NOTHING_ASKED
from domain.money import Money
from tests.builders import NOON, a_payment


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (a_payment(), {"due_at": None, "unsent": 3}),
        (a_payment(), {}),
        (NOTHING_ASKED, {"ask_at": NOON}),
    ],
)
def test_it_is_the_same_as_a_slow_one(value: Any, changes: dict[str, Any]) -> None:
    quick, slow = replace(value, **changes), dataclasses.replace(value, **changes)
    assert quick == slow
    assert type(quick) is type(value)
    assert hash(NOTHING_ASKED) == hash(replace(NOTHING_ASKED))


def test_the_copy_is_as_frozen_as_its_original() -> None:
    copy: Any = replace(NOTHING_ASKED, ask_at=NOON)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.ask_at = NOON + timedelta(seconds=1)
    assert NOTHING_ASKED.ask_at is None


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="no field nonsense"):
        replace(NOTHING_ASKED, nonsense=1)  # type: ignore[call-arg]  # the point of the test


def test_what_is_checked_when_it_is_made_is_not_copied_unchecked() -> None:
    with pytest.raises(AssertionError):
        replace(Money(1), rupiah=-1)


# -- constructors ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slow:
    """As dataclasses make it."""

    kind: str
    twin: int = 3
    made: dict[str, int] = field(default_factory=dict)
    put: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    """The same, made quickly; its fields have the names that its constructor could trip over."""

    kind: str
    twin: int = 3
    made: dict[str, int] = field(default_factory=dict)
    put: str | None = None


@pytest.mark.parametrize("given", [{}, {"twin": 4}, {"made": {"a": 1}}, {"put": "x", "twin": 0}])
def test_a_quick_constructor_makes_what_a_slow_one_makes(given: dict[str, Any]) -> None:
    slow, made = Slow("a", **given), Quick("a", **given)
    assert dataclasses.astuple(made) == dataclasses.astuple(slow)
    assert type(made) is Quick
    assert made == Quick("a", **given)
    assert repr(made) == repr(slow).replace("Slow", "Quick")


def test_what_was_made_quickly_is_frozen_and_shares_no_default() -> None:
    first, second = Quick("a"), Quick("a")
    assert first.made is not second.made
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.kind = "b"  # type: ignore[misc]  # the point of the test


def test_a_quick_constructor_refuses_what_a_slow_one_refuses() -> None:
    refused: tuple[dict[str, Any], ...] = ({}, {"kind": "a", "nonsense": 1})
    for wrong in refused:
        with pytest.raises(TypeError):
            Quick(**wrong)


def test_what_is_checked_when_it_is_made_is_checked_when_it_is_made_quickly() -> None:
    @quick
    @dataclass(frozen=True, slots=True)
    class Even:
        number: int
        more: int = 0

        def __post_init__(self) -> None:
            if self.number % 2:
                raise ValueError("odd")

    assert Even(2).number == 2
    with pytest.raises(ValueError, match="odd"):
        Even(3)
