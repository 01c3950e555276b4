"""How hypothesis looks here: often enough to bite, and never at the clock of a busy machine."""

import gc
from collections.abc import Generator, Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "quick",
    max_examples=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
if settings.get_current_profile_name() == "default":
    settings.load_profile("quick")

NEW_OBJECTS = 10_000
"""So many more than before are looked through at once; Python's own 700 come of a single test."""

UNITS = Path(__file__).parent
WAITING = (UNITS / "dispatcher/test_dispatcher.py", UNITS / "tokens/test_token_source.py")
"""The files that take longest, for they wait: no size tells of that."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--part 1/2`: two processes that know nothing of each other spare a third of the time."""
    parser.addoption("--part", type=_part, default=(0, 1), help="only this part of the files: 1/2")


def _part(told: str) -> tuple[int, int]:
    number, _, of = told.partition("/")
    part = int(number) - 1, int(of)
    if not 0 <= part[0] < part[1]:
        raise ValueError(told)
    return part


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the files of the other parts alone."""
    number, of = config.getoption("--part")
    place = _places().get(collection_path)
    if place is None:
        return None
    dealt = place % (2 * of)  # to and fro, so that none has the larger one each time
    return True if min(dealt, 2 * of - 1 - dealt) != number else None


@cache
def _places() -> Mapping[Path, int]:
    """What takes long comes first, and then what is large."""
    files = sorted(UNITS.rglob("test_*.py"), key=lambda path: (-path.stat().st_size, path))
    ordered = [*WAITING, *(path for path in files if path not in WAITING)]
    return {path: place for place, path in enumerate(ordered)}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, nor in what they are made of; later, seldom.

    Nearly all of it stays until the end: looking through it often is a tenth of the whole time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look once for what was left: pytest's plugins, and Python itself at its end, look again."""
    gc.collect()
    gc.freeze()
