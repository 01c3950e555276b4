"""What the processes carry, and what they leave out until it is needed."""

import sys
from importlib import import_module
from types import ModuleType

import pytest

from bootstrap.late import Late
from bootstrap.lean import kept_out


def test_what_is_kept_out_can_be_imported_afterwards() -> None:
    sys.modules.pop("this", None)
    with kept_out("this", "json"), pytest.raises(ModuleNotFoundError):
        import_module("this")
    assert "this" not in sys.modules
    assert isinstance(sys.modules["json"], ModuleType)


def test_what_comes_late_is_made_once_and_not_before() -> None:
    made: list[str] = []

    def make() -> list[str]:
        made.append("once")
        return made

    late = Late(make)
    assert made == []
    assert late() is late() is made
    assert made == ["once"]
