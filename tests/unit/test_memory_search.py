"""The search index in memory on trial."""

import pytest

from adapters.outbound.memory.search import MemoryIndex
from tests.contracts.search import PaymentIndexContract


class TestMemoryIndex(PaymentIndexContract):
    @pytest.fixture
    def index(self) -> MemoryIndex:
        return MemoryIndex()
