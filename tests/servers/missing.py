"""What happens where a server of the tests cannot be had."""

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    """Whether a missing server fails the run instead of having a stand-in."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(server: str, why: str) -> NoReturn:
    """Fail in CI; on anybody else's machine skip, and say so."""
    told = f"{server} is not here: {why}"
    if in_ci():
        pytest.fail(told, pytrace=False)
    pytest.skip(told)
