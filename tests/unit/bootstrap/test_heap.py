"""How the processes look for garbage."""

import gc
from collections.abc import Iterator

import pytest

from bootstrap.heap import YOUNG, settle


@pytest.fixture
def _as_before() -> Iterator[None]:
    usual = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("_as_before")
def test_what_is_there_at_the_start_is_never_looked_at_again() -> None:
    settle()
    assert gc.get_freeze_count() > 1_000
    assert gc.get_threshold()[0] == YOUNG
    assert gc.isenabled()
