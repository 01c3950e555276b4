"""What an interpreter loads for an offer alone."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["doku", "midtrans", "xendit"])
def test_an_offer_alone_loads_no_http_library(name: str) -> None:
    script = (
        f"import sys, adapters.outbound.{name}.offer\n"
        "assert not {'httpx', 'aiohttp'} & set(sys.modules), 'an HTTP library is loaded'"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
