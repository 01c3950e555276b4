"""Every test of the OVO wire runs on both event loops; one sandbox serves all that need one."""

from collections.abc import Iterator

import pytest

from tests.integration.ovo.sandbox_process import Sandbox, a_sandbox
from tests.integration.wire.servers import run

__all__ = ["run"]


@pytest.fixture(scope="session")
def process() -> Iterator[Sandbox]:
    with a_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    process.reset()
    return process
