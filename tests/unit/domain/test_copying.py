"""A quick copy is the copy that dataclasses would have made."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from domain.copying import replace
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
