"""How hypothesis looks here: often enough to bite, and never at the clock of a busy machine."""

from collections.abc import Mapping
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

UNITS = Path(__file__).parent
WAITING = frozenset(
    UNITS / name
    for name in (
        "dispatcher/test_copies.py",
        "dispatcher/test_dispatcher.py",
        "dispatcher/test_turns.py",
        "http/test_waiting.py",
        "tokens/test_token_source.py",
    )
)
"""Those that wait for most of their time: a part of their own, beside which the others work."""
_WAITING = "waiting"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--part 1/2`: processes that know nothing of each other spare a third of the time."""
    told = "only this part of the files: 1/2 of those that work, or `waiting`"
    parser.addoption("--part", type=_part, help=told)


def _part(told: str) -> tuple[int, int] | str:
    if told == _WAITING:
        return told
    number, _, of = told.partition("/")
    part = int(number) - 1, int(of)
    if not 0 <= part[0] < part[1]:
        raise ValueError(told)
    return part


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the files of the other parts alone."""
    part = config.getoption("--part")
    place = _places().get(collection_path)
    if part is None or place is None:
        return None
    waits = collection_path in WAITING
    if waits or part == _WAITING:
        return None if waits and part == _WAITING else True
    number, of = part
    dealt = place % (2 * of)  # to and fro: none has the larger one each time
    return None if min(dealt, 2 * of - 1 - dealt) == number else True


@cache
def _places() -> Mapping[Path, int]:
    """The largest come first, for size tells about how long a file takes; those that wait last."""
    files = UNITS.rglob("test_*.py")
    ordered = sorted(files, key=lambda path: (path in WAITING, -path.stat().st_size, path))
    return {path: place for place, path in enumerate(ordered)}
