"""`kill -9` at each step of a payment's life on MongoDB: the next worker finds it all out."""

from collections.abc import Iterator

import pytest

from tests.integration.production.servers import Servers, known_servers
from tests.integration.test_crash_points import CLOCKS, Bench, CrashPointsContract, a_bench

SLOWER = CLOCKS | {
    "LUNAS_OVO_SEND_WITHIN": "4s",
    "LUNAS_SCAN_EVERY": "0.3s",
    "LUNAS_UPKEEP_EVERY": "0.8s",
}
"""What a slow stand-in of MongoDB takes to write a claim, or to look for one, is not on trial."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("crashes")
    with a_bench(folder, SLOWER, **known_servers(servers, folder.name)) as bench:
        yield bench


@pytest.mark.timeout(400)
class TestOnMongoDB(CrashPointsContract):
    pass
