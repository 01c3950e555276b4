"""One sandbox for all tests here, reset before each."""

from collections.abc import Iterator

import pytest

from tests.integration.ovo.sandbox_process import a_sandbox
from tests.integration.ovo_qris.shop import Shop


@pytest.fixture(scope="session")
def process() -> Iterator[str]:
    with a_sandbox() as sandbox:
        yield sandbox.url


@pytest.fixture
def shop(process: str) -> Iterator[Shop]:
    with Shop(process) as shop:
        yield shop
