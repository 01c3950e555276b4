"""How hypothesis looks here: often enough to bite, and never at the clock of a busy machine."""

import gc
from collections.abc import Generator

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
